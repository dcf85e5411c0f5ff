"""Buckets of this process alone, by the algorithm of the shared one."""

import time
from collections.abc import Callable

from cachetools import LRUCache

from app.limits.bucket import Grant, Policy, refill_microseconds

BUCKETS_KEPT = 50_000


def monotonic_ms() -> float:
    """Milliseconds on a clock that is never set back."""
    return time.monotonic() * 1000


class LocalBucket:
    """Remembers `kept` callers at most; the one that was away longest starts with a full bucket."""

    def __init__(self, now: Callable[[], float] = monotonic_ms, kept: int = BUCKETS_KEPT) -> None:
        self._now = now
        self._full_at: LRUCache[tuple[str, str], int] = LRUCache(kept)

    def take(self, key: str, policy: Policy) -> Grant:
        """Takes one token."""
        name = (policy.name, key)
        time_us = int(self._now() * 1000)
        interval = refill_microseconds(policy)
        capacity = policy.quota * interval
        full = max(self._full_at.get(name, time_us), time_us)
        free = (time_us + capacity - full) // interval
        if free < 1:
            retry_after_ms = (full + interval - capacity - time_us) / 1000
            return Grant(0, 0, retry_after_ms, (full - time_us) / 1000)
        self._full_at[name] = full + interval
        return Grant(1, free - 1, 0, (full + interval - time_us) / 1000)

    def give_back(self, key: str, policy: Policy) -> None:
        """Puts one token back that was taken."""
        name = (policy.name, key)
        full = self._full_at.get(name)
        if full is not None:
            self._full_at[name] = full - refill_microseconds(policy)
