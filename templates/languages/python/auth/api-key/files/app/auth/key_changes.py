"""Makes API keys and ends them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.auth import keys
from app.auth.key_format import hash_of, id_in, new_key
from app.auth.keys import Key, instant
from app.context import RequestContext
from app.database.port import Database, Transaction
from app.problem import Problem


@dataclass(frozen=True, slots=True)
class Purpose:
    """What a key is made for."""

    name: str
    roles: list[str]
    expires_at: str | None = None
    client_id: str | None = None
    tenant: str | None = None


MadeKey = tuple[Key, str]
"""A key that was just made and its text: the only time that it is known."""


class KeyChanges:
    """Makes API keys and ends them."""

    def __init__(self, database: Database, prefix: str) -> None:
        """Take where keys are, and what new ones begin with."""
        self._database = database
        self._prefix = prefix

    async def create(
        self, purposes: Sequence[Purpose], context: RequestContext, given: str | None = None
    ) -> list[MadeKey]:
        """Make keys in one transaction; `given` is the text of the only one, where it is known.

        Those of one name are keys of one client, such as one that reads and one that writes.

        Raises ConstraintError `unique` when that one is there.
        """

        async def work(transaction: Transaction) -> list[MadeKey]:
            made: list[MadeKey] = []
            clients: dict[str, str] = {}
            for purpose in purposes:
                own = replace(purpose, client_id=purpose.client_id or clients.get(purpose.name))
                made.append(await _create(transaction, own, given or new_key(self._prefix)))
                clients[purpose.name] = made[-1][0].client_id
            return made

        return await self._database.transaction(context, work)

    async def rotate(self, key_id: str, overlap: timedelta, context: RequestContext) -> MadeKey:
        """Make a new key for the client of a key, which expires after the overlap at the latest.

        The new one lives as long as the old one was made for.
        Raises Problem `not-found`, and `conflict` for a key that is revoked or has expired.
        """
        found = await keys.by_id(self._database, key_id, context)
        if found is None:
            raise _no_key()
        old = found[0]
        now = datetime.now(UTC)
        expiry = datetime.fromisoformat(old.expires_at) if old.expires_at else None
        if old.revoked_at or (expiry and expiry <= now):
            raise Problem("conflict", detail="The key is revoked or has expired: create a new one.")
        end = min(now + overlap, expiry) if expiry else now + overlap
        life = expiry - datetime.fromisoformat(old.created_at) if expiry else None

        async def work(transaction: Transaction) -> MadeKey:
            await keys.expire(transaction, key_id, instant(end))
            expires_at = instant(now + life) if life else None
            purpose = Purpose(old.name, old.roles, expires_at, old.client_id, old.tenant)
            return await _create(transaction, purpose, new_key(self._prefix))

        return await self._database.transaction(context, work)

    async def revoke(self, key_id: str, context: RequestContext) -> Key:
        """End a key. Instances know of it within seconds. Raises Problem `not-found`."""
        at = instant(datetime.now(UTC))
        revoked = await self._database.transaction(
            context, lambda transaction: keys.revoke(transaction, key_id, at)
        )
        if revoked is None:
            raise _no_key()
        return revoked


async def _create(transaction: Transaction, purpose: Purpose, key: str) -> MadeKey:
    key_id = id_in(key)
    if key_id is None:
        raise Problem("malformed-request", detail="This is no API key.")
    made = await keys.insert(
        transaction,
        key_id=key_id,
        key_hash=hash_of(key),
        name=purpose.name,
        roles=purpose.roles,
        expires_at=purpose.expires_at,
        client_id=purpose.client_id,
        tenant=purpose.tenant,
    )
    return made, key


def _no_key() -> Problem:
    return Problem("not-found", detail="There is no key with this id.")
