"""What a rate limit is, and what a bucket answers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(slots=True, frozen=True)
class Policy:
    """A policy of the generic cell rate algorithm: `quota` requests at once, refilled evenly over the window."""

    name: str
    quota: int
    window_seconds: int
    lease: int
    """How many tokens an instance may take from the shared bucket at a time; 1 counts each request exactly."""


@dataclass(slots=True)
class Verdict:
    """Whether a request passes, and the state of its bucket."""

    allowed: bool
    policy: Policy
    remaining: int
    reset_seconds: int
    """Seconds until the bucket is full again."""
    retry_after_seconds: int
    """Seconds until the next request passes; 0 when allowed."""


@dataclass(slots=True)
class Grant:
    """What a bucket answers. Times are milliseconds from the moment it was asked."""

    granted: int
    remaining: int
    """Tokens left in the bucket."""
    retry_after_ms: float
    """Until one more token is free; 0 when all that were wanted were granted."""
    reset_ms: float
    """Until all tokens are free."""


class SharedBucket(Protocol):
    """The bucket that instances share."""

    async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
        """Takes as many tokens as are free, up to `tokens`; a negative number gives tokens back.

        Raises when the store refuses or does not answer in time.
        """


def refill_microseconds(policy: Policy) -> int:
    """Microseconds in which one token comes back: whole, so that sums are exact."""
    return -(-policy.window_seconds * 1_000_000 // policy.quota)
