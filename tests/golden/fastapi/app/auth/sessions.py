"""Sign-ins.

A session is the family of the refresh tokens that follow from one sign-in; each is good once, and an old one that comes
back ends the session, since either it or the newest was stolen (RFC 9700, section 4.14.2). A refresh token is the id of
its session and a secret, in base64url: 20 and 44 characters. Only the one before the newest is spared for some seconds: two
tabs of a browser refresh at once.
"""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from secrets import token_urlsafe

from sqlalchemy import Column, ForeignKey, Index, Table, Text, text

from app.database import types
from app.database.port import Transaction
from app.database.query import compiled
from app.database.tables import metadata

TABLE = "auth_sessions"
Table(
    TABLE,
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "account_id", types.IDENTIFIER, ForeignKey("auth_accounts.id", ondelete="CASCADE"), nullable=False
    ),
    Column("token_hash", Text, nullable=False),
    Column("previous_hash", Text),
    Column("rotated_at", types.INSTANT),
    Column("created_at", types.INSTANT, nullable=False),
    Column("expires_at", types.INSTANT, nullable=False),
    Index("auth_sessions__account_id", "account_id"),
    Index("auth_sessions__expires_at", "expires_at"),
)
ID_BYTES = 15
SECRET_BYTES = 33
ID_LENGTH = 20

INSERT = compiled(
    "auth_session_insert",
    text(
        "insert into auth_sessions (id, account_id, token_hash, created_at, expires_at) "
        "values (:id, :account_id, :token_hash, :now, :expires_at)"
    ),
)
ROTATE = compiled(
    "auth_session_rotate",
    text(
        "update auth_sessions set token_hash = :next_hash, expires_at = :expires_at, "
        "previous_hash = :token_hash, rotated_at = :now "
        "where id = :id and token_hash = :token_hash and expires_at > :now returning account_id"
    ),
)
JUST_ROTATED = compiled(
    "auth_session_just_rotated",
    text(
        "select id from auth_sessions where id = :id and previous_hash = :token_hash "
        "and rotated_at > :since and expires_at > :now"
    ),
)
END = compiled(
    "auth_session_end",
    text("delete from auth_sessions where id = :id and expires_at > :now returning account_id"),
)
END_ALL = compiled("auth_session_end_all", text("delete from auth_sessions where account_id = :account_id"))
PURGE = compiled(
    "auth_session_purge",
    text(
        "delete from auth_sessions where id in (select id from auth_sessions where expires_at < :now "
        "order by expires_at limit 500) returning id"
    ),
)


async def start(transaction: Transaction, account_id: str, ttl_s: int) -> str:
    """Begin a session that lives `ttl_s` seconds; return the first refresh token."""
    session_id = token_urlsafe(ID_BYTES)
    token = _token_for(session_id)
    values = {"id": session_id, "account_id": account_id, "token_hash": _hash_of(token)}
    await transaction.query(INSERT, {**values, "now": _after(0), "expires_at": _after(ttl_s)})
    return token


async def rotate(transaction: Transaction, token: str, ttl_s: int) -> tuple[str, str] | None:
    """Replace the refresh token by a new one; return the id of the account and the new token.

    None when the token is not the newest of a session that lives. The row decides: of two that come at once, one finds
    it changed.
    """
    session_id = token[:ID_LENGTH]
    following = _token_for(session_id)
    values = {"id": session_id, "token_hash": _hash_of(token), "next_hash": _hash_of(following)}
    rows = await transaction.query(ROTATE, {**values, "now": _after(0), "expires_at": _after(ttl_s)})
    return (rows[0]["account_id"], following) if rows else None


async def just_rotated(transaction: Transaction, token: str, grace_s: int) -> bool:
    """Tell whether the token is the one before the newest, replaced in the last `grace_s` seconds, of a session that lives."""
    values = {"id": token[:ID_LENGTH], "token_hash": _hash_of(token)}
    rows = await transaction.query(JUST_ROTATED, {**values, "since": _after(-grace_s), "now": _after(0)})
    return len(rows) > 0


async def end(transaction: Transaction, token: str) -> str | None:
    """End the session that the token belongs to, also when it is not the newest; return whose it was."""
    rows = await transaction.query(END, {"id": token[:ID_LENGTH], "now": _after(0)})
    return rows[0]["account_id"] if rows else None


async def end_all(transaction: Transaction, account_id: str) -> None:
    """End all sessions of an account."""
    await transaction.query(END_ALL, {"account_id": account_id})


async def purge(transaction: Transaction) -> int:
    """Delete a batch of expired sessions; return how many, 0 when no more are left."""
    return len(await transaction.query(PURGE, {"now": _after(0)}))


def _token_for(session_id: str) -> str:
    return session_id + token_urlsafe(SECRET_BYTES)


def _hash_of(token: str) -> str:
    """Hash without salt and fast: the token is random, there is nothing to guess."""
    return urlsafe_b64encode(sha256(token.encode()).digest()).rstrip(b"=").decode()


def _after(seconds: int) -> str:
    moment = datetime.now(UTC) + timedelta(seconds=seconds)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
