"""Accounts: who can sign in."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from unicodedata import normalize

from sqlalchemy import Column, Table, Text, text
from uuid_utils import uuid7

from app.auth.roles import roles_up_to
from app.context import RequestContext
from app.database import types
from app.database.port import Database, Row, Transaction
from app.database.query import compiled
from app.database.tables import metadata

Table(
    "auth_accounts",
    metadata,
    Column("id", types.IDENTIFIER, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("password_hash", Text, nullable=False),
    Column("roles", Text, nullable=False),
    Column("created_at", types.INSTANT, nullable=False),
    Column("tenant", Text),
)

FIND_BY_EMAIL = compiled(
    "auth_account_by_email",
    text(
        "select id, email, password_hash, roles, created_at, tenant from auth_accounts where email = :email"
    ),
)
FIND_BY_ID = compiled(
    "auth_account_by_id",
    text("select id, email, password_hash, roles, created_at, tenant from auth_accounts where id = :id"),
)
INSERT = compiled(
    "auth_account_insert",
    text(
        "insert into auth_accounts (id, email, password_hash, roles, created_at, tenant) "
        "values (:id, :email, :password_hash, :roles, :created_at, :tenant)"
    ),
)
SET_ROLES = compiled("auth_account_set_roles", text("update auth_accounts set roles = :roles where id = :id"))
SET_TENANT = compiled(
    "auth_account_set_tenant", text("update auth_accounts set tenant = :tenant where id = :id")
)
SET_PASSWORD_HASH = compiled(
    "auth_account_set_password_hash",
    text("update auth_accounts set password_hash = :password_hash where id = :id"),
)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who can sign in, as others see them."""

    id: str
    email: str
    roles: list[str]
    created_at: str
    tenant: str | None = None
    """Whom its rows are shared with, which others do not see; None before anybody has set it."""

    def as_json(self) -> dict[str, object]:
        """Return what the contract calls an Account."""
        return {"id": self.id, "email": self.email, "roles": self.roles, "createdAt": self.created_at}


def canonical_email(email: str) -> str:
    """Make one address one account: case does not tell two apart."""
    return normalize("NFC", email).lower()


def account_key(email: str) -> str:
    """Name an account in keys of the store that instances share: whether or not it exists, and not its address."""
    return urlsafe_b64encode(sha256(canonical_email(email).encode()).digest()).rstrip(b"=").decode()


async def by_email(database: Database, email: str, context: RequestContext) -> tuple[Account, str] | None:
    """Find the account with that address and its password hash, on the primary."""
    rows = await database.read(FIND_BY_EMAIL, {"email": canonical_email(email)}, context, fresh=True)
    return (_account(rows[0]), rows[0]["password_hash"]) if rows else None


async def by_id(database: Database, account_id: str, context: RequestContext) -> Account | None:
    """Find an account, on the primary: it may be new."""
    rows = await database.read(FIND_BY_ID, {"id": account_id}, context, fresh=True)
    return _account(rows[0]) if rows else None


async def by_id_in(transaction: Transaction, account_id: str) -> Account | None:
    """Find an account within a transaction."""
    rows = await transaction.query(FIND_BY_ID, {"id": account_id})
    return _account(rows[0]) if rows else None


async def insert(
    transaction: Transaction, email: str, password_hash: str, role: str, tenant: str | None = None
) -> Account:
    """Make an account, with a tenant of its own unless one is given.

    Raises ConstraintError `unique` when the address is taken.
    """
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    account = Account(str(uuid7()), canonical_email(email), roles_up_to(role), now, tenant or str(uuid7()))
    values = {"id": account.id, "email": account.email, "password_hash": password_hash, "created_at": now}
    told = {"roles": " ".join(account.roles), "tenant": account.tenant}
    await transaction.query(INSERT, {**values, **told})
    return account


async def set_role(transaction: Transaction, account_id: str, role: str) -> None:
    """Give an account that role and all that it includes."""
    await transaction.query(SET_ROLES, {"id": account_id, "roles": " ".join(roles_up_to(role))})


async def set_tenant(transaction: Transaction, account_id: str, tenant: str) -> None:
    """Move an account to a tenant."""
    await transaction.query(SET_TENANT, {"id": account_id, "tenant": tenant})


async def set_password_hash(transaction: Transaction, account_id: str, password_hash: str) -> None:
    """Put another password in the place of the old one."""
    await transaction.query(SET_PASSWORD_HASH, {"id": account_id, "password_hash": password_hash})


def _account(row: Row) -> Account:
    return Account(row["id"], row["email"], row["roles"].split(" "), row["created_at"], row["tenant"])
