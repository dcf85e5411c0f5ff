"""Requests that are carried out once for their key."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from sqlalchemy import Column, Index, Integer, Table, Text, text

from app.database import types
from app.database.port import Transaction
from app.database.query import compiled
from app.database.tables import metadata
from app.problem import Problem

TABLE = "idempotency_keys"
Table(
    TABLE,
    metadata,
    Column("principal", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("fingerprint", Text, nullable=False),
    Column("status", Integer, nullable=False),
    Column("headers", Text, nullable=False),
    Column("body", Text),
    Column("expires_at", types.INSTANT, nullable=False),
    Index("idempotency_keys__expires_at", "expires_at"),
)
_FIND = compiled(
    "idempotency_find",
    text("""select "fingerprint", "status", "headers", "body" from "idempotency_keys"
    where "principal" = :principal and "key" = :key and "expires_at" > :now"""),
)
_FORGET = compiled(
    "idempotency_forget",
    text('delete from "idempotency_keys" where "principal" = :principal and "key" = :key'),
)
_KEEP = compiled(
    "idempotency_keep",
    text("""insert into "idempotency_keys"
    ("principal", "key", "fingerprint", "status", "headers", "body", "expires_at")
    values (:principal, :key, :fingerprint, :status, :headers, :body, :expires)"""),
)
_PURGE = compiled(
    "idempotency_purge",
    text("""delete from "idempotency_keys" where ("principal", "key") in
    (select "principal", "key" from "idempotency_keys" where "expires_at" <= :now
    order by "expires_at" limit 1000)
    returning "expires_at"
    """),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What makes a request the same as an earlier one."""

    principal: str
    key: str
    fingerprint: str
    """Hash of method, path and body."""
    ttl_seconds: int


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response as it is stored; the body is text in UTF-8."""

    status: int
    headers: dict[str, str]
    body: bytes | None


async def idempotent(
    transaction: Transaction, identity: Identity, execute: Callable[[], Awaitable[StoredResponse]]
) -> tuple[StoredResponse, bool]:
    """Carry out a request once for its key; return the response and whether it is that of an earlier request.

    The response is stored by the same transaction as the effect, so there is never one without the other; what fails
    stores nothing. Raises Problem `idempotency-in-progress` or `idempotency-key-reused`, and what `execute` raises.
    """
    owner = {"principal": identity.principal, "key": identity.key}
    if not await transaction.try_lock(f"idempotency:{identity.principal}:{identity.key}"):
        raise Problem("idempotency-in-progress", headers={"retry-after": "1"})
    now = datetime.now(UTC)
    for stored in await transaction.query(_FIND, {**owner, "now": _iso(now)}):
        if stored["fingerprint"] != identity.fingerprint:
            raise Problem("idempotency-key-reused")
        body = stored["body"]
        kept = StoredResponse(
            stored["status"], orjson.loads(stored["headers"]), None if body is None else body.encode()
        )
        return kept, True
    answer = await execute()
    await transaction.query(_FORGET, owner)
    row = {
        **owner,
        "fingerprint": identity.fingerprint,
        "status": answer.status,
        "headers": orjson.dumps(answer.headers).decode(),
        "body": None if answer.body is None else answer.body.decode(),
        "expires": _iso(now + timedelta(seconds=identity.ttl_seconds)),
    }
    await transaction.query(_KEEP, row)
    return answer, False


async def purge_expired(transaction: Transaction) -> int:
    """Delete a batch of expired keys; return how many, 0 when no more are left."""
    return len(await transaction.query(_PURGE, {"now": _iso(datetime.now(UTC))}))


def _iso(time: datetime) -> str:
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")
