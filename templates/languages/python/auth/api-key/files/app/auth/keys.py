"""The table of API keys."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Table, Text, bindparam, select
from uuid_utils import uuid7

from app.context import RequestContext
from app.database import types
from app.database.dialect import is_one_of
from app.database.port import Database, Row, Transaction
from app.database.query import compiled
from app.database.tables import metadata

_TABLE: Final = Table(
    "auth_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("client_id", types.IDENTIFIER, nullable=False),
    Column("name", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("key_hash", Text, nullable=False),
    Column("created_at", types.INSTANT, nullable=False),
    Column("expires_at", types.INSTANT),
    Column("revoked_at", types.INSTANT),
    Column("last_used_at", types.INSTANT),
    Column("tenant", Text),
)
_CHANGE: Final = _TABLE.update().where(_TABLE.c.id == bindparam("key_id")).returning(*_TABLE.c)
_FIND: Final = compiled("auth_key_find", select(_TABLE).where(_TABLE.c.id == bindparam("key_id")))
_ALL: Final = compiled("auth_key_all", select(_TABLE).order_by(_TABLE.c.created_at, _TABLE.c.id))
_INSERT: Final = compiled("auth_key_insert", _TABLE.insert())
_EXPIRE: Final = compiled("auth_key_expire", _CHANGE.values(expires_at=bindparam("at")))
_REVOKE: Final = compiled("auth_key_revoke", _CHANGE.values(revoked_at=bindparam("at")))
_USED: Final = compiled(
    "auth_key_used",
    _TABLE.update().where(is_one_of(_TABLE.c.id, "ids")).values(last_used_at=bindparam("at")),
)


@dataclass(frozen=True, slots=True)
class Key:
    """A key, without its secret. Times are ISO 8601."""

    id: str
    client_id: str
    """Whom it belongs to: the same for all keys that follow each other."""
    name: str
    roles: list[str]
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    last_used_at: str | None
    tenant: str | None = None
    """Whom the rows of the client are shared with; None where nobody has set it."""


def instant(moment: datetime) -> str:
    """Return a time as the table has it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def by_id(database: Database, key_id: str, context: RequestContext) -> tuple[Key, str] | None:
    """Find a key and its hash, on the primary: a replica may not know yet that it is revoked."""
    rows = await database.read(_FIND, {"key_id": key_id}, context, fresh=True)
    return (_key(rows[0]), rows[0]["key_hash"]) if rows else None


async def every(database: Database, context: RequestContext) -> list[Key]:
    """Return all keys, the oldest first."""
    return [_key(row) for row in await database.read(_ALL, {}, context, fresh=True)]


async def insert(
    transaction: Transaction,
    *,
    key_id: str,
    key_hash: str,
    name: str,
    roles: list[str],
    expires_at: str | None,
    client_id: str | None = None,
    tenant: str | None = None,
) -> Key:
    """Add a key. Raises ConstraintError `unique` when there is one with this id."""
    client = client_id or str(uuid7())
    key = Key(key_id, client, name, roles, instant(datetime.now(UTC)), expires_at, None, None, tenant)
    await transaction.query(_INSERT, {**asdict(key), "roles": " ".join(roles), "key_hash": key_hash})
    return key


async def expire(transaction: Transaction, key_id: str, at: str) -> None:
    """Set when a key expires."""
    await transaction.query(_EXPIRE, {"key_id": key_id, "at": at})


async def revoke(transaction: Transaction, key_id: str, at: str) -> Key | None:
    """Revoke a key; return it, None when there is none."""
    rows = await transaction.query(_REVOKE, {"key_id": key_id, "at": at})
    return _key(rows[0]) if rows else None


async def record_use(transaction: Transaction, ids: tuple[str, ...], at: str) -> None:
    """Note that these keys were used."""
    await transaction.query(_USED, {"ids": ids, "at": at})


def _key(row: Row) -> Key:
    times = (row["created_at"], row["expires_at"], row["revoked_at"], row["last_used_at"])
    return Key(row["id"], row["client_id"], row["name"], row["roles"].split(" "), *times, row["tenant"])
