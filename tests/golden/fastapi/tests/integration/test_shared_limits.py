"""Rate limits that instances share."""

import asyncio
import json
import sys
import time
from dataclasses import asdict
from uuid import uuid4

import pytest

from app.limits.bucket import Policy, Verdict
from app.limits.limiter import Limiter
from tests.support.faulty_link import faulty_link
from tests.support.parts import eventually
from tests.support.stores import Instance, instance

EXACT = Policy("write", 30, 3600, 1)
LEASED = Policy("default", 100, 3600, 10)


@pytest.fixture
def url(cache_url: str | None) -> str:
    """Return where the Redis for tests is; without one the test is skipped."""
    return cache_url or pytest.skip("no Redis answers and there is no redis-server to start")


async def take(limiter: Limiter, policy: Policy, key: str) -> Verdict:
    """Take one request."""
    taken = limiter.take(policy, key)
    return taken if isinstance(taken, Verdict) else await taken


def fallbacks(of: Instance) -> float:
    """Return how many requests a local bucket limited."""
    return of.metrics.registry.get_sample_value("rate_limit_fallback_total") or 0


async def two_processes(url: str, policy: Policy, count: int) -> list[int]:
    """Have two processes take that many tokens each; return how many each was given."""
    arguments = ("-m", "tests.support.take_tokens", url, str(uuid4()), json.dumps(asdict(policy)), str(count))
    pipe = asyncio.subprocess.PIPE
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, *arguments, stdin=pipe, stdout=pipe)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert await process.stdout.readline() == b"ready\n"
    outputs = await asyncio.gather(*(process.communicate(b"go\n") for process in processes))
    return [int(output) for output, _ in outputs]


async def test_two_processes_are_let_through_exactly_as_often_as_the_quota_says(url: str) -> None:
    assert sum(await two_processes(url, EXACT, 100)) == EXACT.quota


async def test_two_processes_are_never_let_through_more_often_when_they_lease_tokens(url: str) -> None:
    assert 0.8 * LEASED.quota <= sum(await two_processes(url, LEASED, 200)) <= LEASED.quota


async def test_tells_when_the_next_request_passes_and_lets_it_pass_then(url: str) -> None:
    one = await instance(url, str(uuid4()))
    policy = Policy("write", 1, 1, 1)
    first = await take(one.limiter, policy, "a")
    assert (first.allowed, first.remaining) == (True, 0)
    refused = await take(one.limiter, policy, "a")
    assert (refused.allowed, refused.remaining, refused.retry_after_seconds) == (False, 0, 1)
    await asyncio.sleep(refused.retry_after_seconds)
    assert (await take(one.limiter, policy, "a")).allowed
    await one.stores.close()


async def test_puts_back_what_was_taken_and_never_more_than_the_quota(url: str) -> None:
    prefix = str(uuid4())
    a, b = await instance(url, prefix), await instance(url, prefix)
    policy = Policy("write", 2, 3600, 1)
    assert [(await take(a.limiter, policy, "a")).allowed for _ in range(3)] == [True, True, False]
    await a.limiter.give_back(policy, "a")
    assert [(await take(a.limiter, policy, "a")).allowed for _ in range(2)] == [True, False]
    for _ in range(4):
        await b.limiter.give_back(policy, "a")
    assert (await take(b.limiter, policy, "a")).remaining == 1
    await a.stores.close()
    await b.stores.close()


async def test_asks_the_store_once_for_a_batch_of_ordinary_requests(url: str) -> None:
    one = await instance(url, str(uuid4()))
    policy = Policy("default", 10_000, 60, 20)
    asked = 0
    for _ in range(200):
        taken = one.limiter.take(policy, "a")
        if not isinstance(taken, Verdict):
            asked += 1
            taken = await taken
        assert taken.remaining >= 9799
        await asyncio.sleep(0.001)
    assert asked < 30
    await one.stores.close()


@pytest.mark.parametrize("fault", ["hang", "cut"])
async def test_limits_by_itself_while_the_store_is_away_and_shares_again_after(url: str, fault: str) -> None:
    link = await faulty_link(url)
    one = await instance(link.url, str(uuid4()))
    assert (await take(one.limiter, EXACT, "a")).remaining == EXACT.quota - 1

    getattr(link, fault)()
    delays = []
    for _ in range(20):
        began = time.perf_counter()
        assert (await take(one.limiter, EXACT, "b")).allowed
        delays.append(time.perf_counter() - began)
    assert max(delays) < 0.15
    assert sum(delay > 0.05 for delay in delays) <= 1
    assert fallbacks(one) >= 19
    await asyncio.gather(*(take(one.limiter, EXACT, "b") for _ in range(20)))
    assert not (await take(one.limiter, EXACT, "b")).allowed

    async def shared_again() -> bool:
        before = fallbacks(one)
        return (await take(one.limiter, EXACT, "c")).remaining < EXACT.quota - 1 and fallbacks(one) == before

    link.heal()
    await eventually(shared_again, 5)
    await one.stores.close()
    link.close()
