"""Checks API keys, and records when they were used."""

import asyncio
import hmac
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from time import time
from typing import Any, Final

from cachetools import LRUCache
from prometheus_client import Counter

from app.auth import keys
from app.auth.key_format import hash_of, id_in
from app.background import background_context
from app.cache.reading import is_outage
from app.config import Config
from app.context import Principal, RequestContext
from app.database.port import Database
from app.problem import Problem
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

FRESH_S: Final = 3.0
"""How long an instance relies on what the database said of a key: a revocation is in force everywhere after this."""
KEYS_KEPT: Final = 10_000
REASONS: Final = ("malformed", "unknown", "revoked", "expired")


@dataclass(slots=True)
class Known:
    """A key that was accepted."""

    id: str
    principal: Principal
    expires_at: float
    checked_at: float
    """When the database was asked."""
    fresh_until: float
    """Until when it is not asked again."""


class KeyCheck:
    """Who has a key is asked of the database, and then kept for some seconds."""

    def __init__(self, *, config: Config, log: Log, metrics: Metrics, database: Database) -> None:
        """Begin to record uses; wants a running event loop."""
        events = Counter(
            "auth_events", f"Refused API keys: {', '.join(REASONS)}.", ["event"], registry=metrics.registry
        )
        self._events = {reason: events.labels(reason) for reason in REASONS}
        self._log = log
        self._database = database
        self._stale_s = config.CACHE_STALE_S
        self._known: LRUCache[str, Known] = LRUCache(KEYS_KEPT)
        self._lookups: dict[str, asyncio.Task[Known | str]] = {}
        self._used: set[str] = set()
        self._recording = asyncio.create_task(self._record_for_ever(config.API_KEY_LAST_USE_S))

    def authenticate(self, key: str, context: RequestContext) -> Principal | Coroutine[Any, Any, Principal]:
        """Return who has the key; at once for one that was checked a moment ago.

        Raises Problem `unauthenticated`, the same whatever is wrong with the key.
        """
        key_id = id_in(key)
        if key_id is None:
            raise self._refused("malformed", "", context)
        key_hash = hash_of(key)
        known = self._known.get(key_hash)
        if known is not None and time() < known.fresh_until:
            return self._accepted(known, context)
        return self._check(key_hash, key_id, known, context)

    def close(self) -> None:
        """End what runs in the background."""
        self._recording.cancel()

    async def _check(
        self, key_hash: str, key_id: str, known: Known | None, context: RequestContext
    ) -> Principal:
        lookup = self._lookups.get(key_hash)
        if lookup is None:
            # Without the first caller's deadline: the others still wait for it.
            lookup = self._lookups[key_hash] = asyncio.create_task(self._look_up(key_hash, key_id))
            lookup.add_done_callback(lambda _: self._lookups.pop(key_hash))
        try:
            async with context.time_limit():
                found = await asyncio.shield(lookup)
        except Problem as problem:
            now = time()
            if known is None or not is_outage(problem) or now > known.checked_at + self._stale_s:
                raise
            known.fresh_until = now + FRESH_S
            return self._accepted(known, context)
        if isinstance(found, str):
            raise self._refused(found, key_id, context)
        return self._accepted(found, context)

    async def _look_up(self, key_hash: str, key_id: str) -> Known | str:
        """Return why the key is refused, or what is known of it."""
        async with background_context() as context:
            found = await keys.by_id(self._database, key_id, context)
        self._known.pop(key_hash, None)
        if found is None or not hmac.compare_digest(found[1], key_hash):
            return "unknown"
        key = found[0]
        if key.revoked_at is not None:
            return "revoked"
        expires_at = datetime.fromisoformat(key.expires_at).timestamp() if key.expires_at else float("inf")
        now = time()
        principal = Principal(key.client_id, frozenset(key.roles), key.tenant)
        known = self._known[key_hash] = Known(key_id, principal, expires_at, now, now + FRESH_S)
        return known

    def _accepted(self, known: Known, context: RequestContext) -> Principal:
        if time() >= known.expires_at:
            raise self._refused("expired", known.id, context)
        self._used.add(known.id)
        return known.principal

    def _refused(self, reason: str, key_id: str, context: RequestContext) -> Problem:
        self._events[reason].inc()
        if reason in {"revoked", "expired"}:
            self._log.warning(
                "API key refused",
                event_name="authn_login_fail",
                keyId=key_id,
                reason=reason,
                clientAddress=context.address,
                requestId=context.request_id,
            )
        return invalid_key()

    async def _record_for_ever(self, every_s: float) -> None:
        while True:
            await asyncio.sleep(every_s)
            if not self._used:
                continue
            ids, self._used = tuple(self._used), set()
            try:
                await self._record(ids)
            except Exception as error:
                self._log.warning("last use of API keys not recorded", error=error)

    async def _record(self, ids: tuple[str, ...]) -> None:
        at = keys.instant(datetime.now(UTC))
        async with background_context() as context:
            await self._database.transaction(
                context, lambda transaction: keys.record_use(transaction, ids, at)
            )


def invalid_key() -> Problem:
    """Return the 401 for a key that is not good (RFC 6750, section 3.1)."""
    detail = "The API key is expired, revoked or not valid."
    challenge = f'Bearer error="invalid_token", error_description="{detail}"'
    return Problem("unauthenticated", detail=detail, headers={"www-authenticate": challenge})
