"""Rate limits."""

import asyncio

from prometheus_client import generate_latest

from app.http.rate_limit_headers import rate_limit_headers
from app.limits.bucket import Grant, Policy, Verdict
from app.limits.lease import Lease
from app.limits.limiter import Limiter, create_limiter
from app.limits.local_bucket import LocalBucket
from app.limits.policies import policies
from app.telemetry.metrics import create_metrics
from tests.support.parts import settings, settled, silent_log


def policy(quota: int, window_seconds: int = 60, lease: int = 1) -> Policy:
    """Return a policy called `test`."""
    return Policy("test", quota, window_seconds, lease)


async def verdict(limiter: Limiter, of: Policy, key: str = "a") -> Verdict:
    """Take one request, waiting when the shared bucket is asked."""
    taken = limiter.take(of, key)
    return taken if isinstance(taken, Verdict) else await taken


class TestLocalBucket:
    """Buckets of one process."""

    def test_lets_the_quota_through_at_once_then_one_for_each_interval(self) -> None:
        now = 1_000_000.0
        bucket = LocalBucket(lambda: now)
        grants = [bucket.take("a", policy(7)) for _ in range(10)]
        assert [grant.granted for grant in grants] == [1] * 7 + [0] * 3
        refused = bucket.take("a", policy(7))
        assert (refused.granted, refused.remaining) == (0, 0)
        now += refused.retry_after_ms - 0.01
        assert bucket.take("a", policy(7)).granted == 0
        now += 0.02
        assert [bucket.take("a", policy(7)).granted for _ in range(2)] == [1, 0]
        now += 3_600_000
        late = bucket.take("a", policy(7))
        assert (late.granted, late.remaining) == (1, 6)

    def test_puts_back_what_was_taken_and_never_more_than_the_quota(self) -> None:
        bucket = LocalBucket(lambda: 0)

        def taken(times: int) -> list[int]:
            return [bucket.take("a", policy(2)).granted for _ in range(times)]

        assert taken(3) == [1, 1, 0]
        bucket.give_back("a", policy(2))
        assert taken(2) == [1, 0]
        for caller in ("a", "a", "a", "unknown"):
            bucket.give_back(caller, policy(2))
        assert taken(3) == [1, 1, 0]

    def test_remembers_a_bounded_number_of_callers(self) -> None:
        bucket = LocalBucket(lambda: 0, 2)
        for caller in "abc":
            bucket.take(caller, policy(1))
        assert bucket.take("c", policy(1)).granted == 0
        assert bucket.take("a", policy(1)).granted == 1


class TestLease:
    """What an instance knows of a shared bucket."""

    def test_gives_its_tokens_up_as_the_shared_bucket_refills(self) -> None:
        lease = Lease(policy(100, 60, 10))
        lease.receive(Grant(10, 90, 0, 6000), 10, 0, 1)
        first, later = lease.take(1), lease.take(4500)
        assert first is not None
        assert (first.allowed, first.remaining) == (True, 98)
        assert later is not None
        assert (later.allowed, later.remaining) == (True, 91)
        assert lease.take(6000) is None

    def test_takes_smaller_batches_from_a_bucket_that_is_nearly_empty(self) -> None:
        lease = Lease(policy(100, 60, 10))
        batches = [lease.batch]
        lease.receive(Grant(10, 12, 0, 52_800), 10, 0, 1)
        batches.append(lease.batch)
        lease.receive(Grant(3, 3, 0, 58_200), 3, 0, 1)
        batches.append(lease.batch)
        assert batches == [10, 3, 1]


class Counting:
    """A shared bucket with one free token, then nineteen."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answers = asyncio.Event()

    async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
        """Grant what is free."""
        self.asked.append(tokens)
        await self.answers.wait()
        free = 1 if len(self.asked) == 1 else 19
        granted = min(tokens, free)
        return Grant(granted, free - granted, 2500 if granted < tokens else 0, 60_000)


class Broken:
    """A shared bucket that is down."""

    async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
        """Fail."""
        raise ConnectionError("down")


class TestLimiter:
    """Limits over all instances."""

    async def test_asks_once_for_all_who_wait_and_refuses_at_once_those_known_to_be_refused(self) -> None:
        shared = Counting()
        limiter = create_limiter(shared=shared, metrics=create_metrics(), log=silent_log())
        waiting = []
        for _ in range(50):
            waiting.append(asyncio.create_task(verdict(limiter, policy(20))))
            await settled()
        shared.answers.set()
        verdicts = await asyncio.gather(*waiting)
        assert shared.asked == [1, 49]
        assert sum(one.allowed for one in verdicts) == 20
        assert (verdicts[-1].allowed, verdicts[-1].retry_after_seconds) == (False, 3)
        at_once = limiter.take(policy(20), "a")
        assert isinstance(at_once, Verdict)
        assert not at_once.allowed
        assert len(shared.asked) == 2

    async def test_limits_by_itself_while_the_shared_bucket_fails(self) -> None:
        metrics = create_metrics()
        limiter = create_limiter(shared=Broken(), metrics=metrics, log=silent_log())
        verdicts = await asyncio.gather(*(verdict(limiter, policy(5)) for _ in range(9)))
        assert sum(one.allowed for one in verdicts) == 5
        assert b"rate_limit_fallback_total 9.0" in generate_latest(metrics.registry)
        await limiter.give_back(policy(5), "a")
        assert (await verdict(limiter, policy(5))).allowed

    async def test_a_request_that_is_over_takes_no_token(self) -> None:
        answer: asyncio.Future[Grant] = asyncio.get_running_loop().create_future()

        class Slow:
            async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
                return await answer

        limiter = create_limiter(shared=Slow(), metrics=create_metrics(), log=silent_log())
        gone, waiting = (asyncio.create_task(verdict(limiter, policy(9))) for _ in range(2))
        await settled()
        gone.cancel()
        answer.set_result(Grant(1, 0, 60_000, 60_000))
        assert (await waiting).allowed
        assert gone.cancelled()


def test_a_caller_is_told_what_the_draft_says_and_the_older_fields() -> None:
    limits = policies(settings(RATE_LIMIT_DEFAULT=100, RATE_LIMIT_WRITE=30, RATE_LIMIT_WINDOW_S=60))
    assert rate_limit_headers(Verdict(True, limits["default"], 99, 1, 0)) == {
        "x-ratelimit-limit": "100",
        "x-ratelimit-remaining": "99",
        "x-ratelimit-reset": "1",
        "ratelimit-policy": '"default";q=100;w=60',
        "ratelimit": '"default";r=99;t=1',
    }
    assert [limits["default"].lease, limits["write"].lease] == [10, 1]
    large = policies(settings(RATE_LIMIT_DEFAULT=1_000_000, RATE_LIMIT_WRITE=30, RATE_LIMIT_WINDOW_S=60))
    assert large["default"].lease == 16_666
