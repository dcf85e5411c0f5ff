"""Bounds the failed sign-ins of an account over all addresses and instances (NIST SP 800-63B-4, section 3.2.2)."""

from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final, TypeVar

from cachetools import TTLCache

from app.auth.accounts import account_key
from app.cache.port import SharedMarks
from app.config import Config
from app.http.client_address import address_key
from app.limits.bucket import Policy, Verdict
from app.limits.limiter import Limiter

ADDRESSES_KEPT: Final = 50_000

Found = TypeVar("Found")


class FailedSignIns:
    """An address that an account was used from lately is counted by itself: others cannot lock its owner out."""

    def __init__(self, config: Config, limiter: Limiter, marks: SharedMarks | None) -> None:
        """Take what counts, and what notifies the other instances of known addresses, if there are other instances."""
        quota, window_s = config.RATE_LIMIT_AUTH_FAILURES, config.RATE_LIMIT_AUTH_FAILURES_WINDOW_S
        self._policy = Policy("failures", quota, window_s, 1)
        self._limiter = limiter
        self._marks = marks
        self._known_s = config.REFRESH_TOKEN_TTL_S
        self._known: TTLCache[str, bool] = TTLCache(ADDRESSES_KEPT, self._known_s, monotonic)

    async def attempt(
        self, email: str, address: str, check: Callable[[], Awaitable[Found | None]]
    ) -> tuple[Verdict, Found | None]:
        """Run `check` unless too many attempts failed; return whether it was let through, and what it found.

        None says that it failed; an error, that nothing was found out. Each counts as failed until it is known not to
        be: of many at once, none is missed.
        """
        own = _key(email, address)
        bucket = own if await self._knows(own) else account_key(email)
        taken = self._limiter.take(self._policy, bucket)
        verdict = taken if isinstance(taken, Verdict) else await taken
        if not verdict.allowed:
            return verdict, None
        failed = False
        try:
            found = await check()
            failed = found is None
            return verdict, found
        finally:
            if not failed:
                await self._limiter.give_back(self._policy, bucket)

    async def remember(self, email: str, address: str) -> None:
        """Know the address from now on, for as long as a refresh token lives."""
        own = _key(email, address)
        self._known[own] = True
        if self._marks is not None:
            await self._marks.leave(_mark(own), self._known_s)

    async def _knows(self, own: str) -> bool:
        if own in self._known:
            return True
        return self._marks is not None and await self._marks.has(_mark(own)) is True


def _key(email: str, address: str) -> str:
    return f"{account_key(email)}:{address_key(address)}"


def _mark(key: str) -> str:
    return f"signed-in:{key}"
