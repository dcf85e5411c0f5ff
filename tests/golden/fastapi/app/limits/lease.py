"""What an instance knows of one caller's shared bucket."""

import asyncio
from math import ceil

from app.limits.bucket import Grant, Policy, Verdict, refill_microseconds


class Lease:
    """The tokens it holds of the bucket, and until when the bucket is known to be empty. All times are milliseconds of
    one clock that is never set back.
    """

    __slots__ = (
        "_empty_until",
        "_full_at",
        "_held",
        "_interval_ms",
        "_left",
        "_policy",
        "asking",
        "waiting",
    )

    def __init__(self, policy: Policy) -> None:
        self.waiting: list[asyncio.Future[Verdict | None]] = []
        """Requests that wait for the answer of the shared bucket."""
        self.asking = False
        """Whether the shared bucket is being asked."""
        self._policy = policy
        self._held = 0
        self._left = policy.quota
        self._full_at = 0.0
        self._empty_until = 0.0
        self._interval_ms = refill_microseconds(policy) / 1000

    @property
    def batch(self) -> int:
        """Tokens to ask for at a time: fewer the emptier the bucket is, so that other instances are not left without."""
        return max(1, min(self._policy.lease, self._left // 4))

    @property
    def low(self) -> bool:
        """Whether to ask for more now, so that the next requests need not wait."""
        if self.asking:
            return False
        batch = self.batch
        return batch > 1 and self._held <= batch >> 2

    def take(self, now: float) -> Verdict | None:
        """The answer as far as it is known here; None when the shared bucket must be asked."""
        if self._held > 0:
            # The shared bucket refills while tokens are held here: a token counts no longer once its place is taken.
            self._held = min(self._held, max(0, int((self._full_at - now) // self._interval_ms)))
            if self._held > 0:
                self._held -= 1
                return self._verdict(True, now)
        return self._verdict(False, now) if now < self._empty_until else None

    def receive(self, grant: Grant, wanted: int, asked_at: float, now: float) -> None:
        """Takes in what the shared bucket answered and hands it to the requests that wait. `asked_at` is when it was
        asked: the bucket's own time is no earlier, so nothing is believed for too long.
        """
        self._held += grant.granted
        self._left = grant.remaining
        self._full_at = asked_at + grant.reset_ms
        self._empty_until = asked_at + grant.retry_after_ms
        short = grant.granted < wanted
        waiting, self.waiting = [one for one in self.waiting if not one.done()], []
        for answer in waiting:
            if self._held > 0:
                self._held -= 1
                answer.set_result(self._verdict(True, now))
            elif short:
                answer.set_result(self._verdict(False, now))
            else:
                self.waiting.append(answer)

    def give_up(self) -> None:
        """Tells the requests that wait that the shared bucket does not answer."""
        waiting, self.waiting = self.waiting, []
        for answer in waiting:
            if not answer.done():
                answer.set_result(None)

    def refilled(self) -> None:
        """A token came back: the bucket must be asked again, although it was empty."""
        self._empty_until = 0.0

    def _verdict(self, allowed: bool, now: float) -> Verdict:
        reset_ms = self._full_at - now - self._held * self._interval_ms
        return Verdict(
            allowed,
            self._policy,
            self._left + self._held,
            max(0, ceil(reset_ms / 1000)),
            0 if allowed else max(1, ceil((self._empty_until - now) / 1000)),
        )
