"""The cache that instances share."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import NoReturn
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from app.cache.port import MARKED_S, Entry
from app.cache.reading import Reading
from app.limits.bucket import Policy, Verdict
from app.problem import Problem, dependency_unavailable
from app.resilience import BreakerOpenError
from tests.support.faulty_link import faulty_link
from tests.support.parts import eventually, settled, some_context
from tests.support.stores import Instance, instance

UNAVAILABLE = "not available"


@pytest.fixture
def url(cache_url: str | None) -> str:
    """Return where the Redis for tests is; without one the test is skipped."""
    return cache_url or pytest.skip("no Redis answers and there is no redis-server to start")


def entry(version: int) -> Entry:
    """Return an entry that was read now."""
    return Entry(version, b'{"version":%d}' % version, time.time() * 1000)


async def down() -> NoReturn:
    """Load from a database that is down."""
    raise dependency_unavailable("database")


async def read(one: Instance, version: int | None, key: str = "item") -> Reading:
    """Read an item of which the database has that version, if any."""

    async def load() -> Entry | None:
        return entry(version) if version else None

    return await one.cache.read(key, load, some_context())


async def shared(one: Instance, key: str = "item") -> int | None:
    """Return the version that the store has."""
    found = await one.stores.store.get(key, some_context())
    return found.version if found else None


def brief(reading: Reading) -> tuple[str, str, int | None]:
    """Return outcome, level and version."""
    return reading.outcome, reading.level, reading.entry.version if reading.entry else None


@dataclass
class Pair:
    """Two instances that share a store and hear each other."""

    a: Instance
    b: Instance


@pytest.fixture
async def pair(url: str) -> AsyncIterator[Pair]:
    """Start two instances."""
    prefix = str(uuid4())
    pair = Pair(await instance(url, prefix), await instance(url, prefix))
    await eventually(lambda: pair.a.stores.store.connected and pair.b.stores.store.connected, 1)
    yield pair
    await pair.a.stores.close()
    await pair.b.stores.close()


async def test_answers_from_what_another_instance_has_read(pair: Pair) -> None:
    assert brief(await read(pair.a, 1)) == ("miss", "origin", 1)

    async def is_shared() -> bool:
        return await shared(pair.a) == 1

    await eventually(is_shared, 1)
    assert brief(await read(pair.b, 9)) == ("hit", "l2", 1)
    assert brief(await read(pair.b, 9)) == ("hit", "l1", 1)


async def test_shows_a_change_on_the_other_instance_within_a_second(pair: Pair) -> None:
    await read(pair.a, 1)
    await eventually(lambda: pair.a.cache.peek("item") is not None, 1)
    await read(pair.b, 1)
    await pair.a.cache.replace("item", entry(2))

    async def shows(version: int | None) -> bool:
        return brief(await read(pair.b, None))[2] == version

    await eventually(lambda: shows(2), 1)
    await pair.a.cache.remove("item")
    await eventually(lambda: shows(None), 1)


async def test_keeps_a_late_reader_from_putting_an_old_version_back(pair: Pair) -> None:
    await pair.a.cache.replace("item", entry(2))
    await pair.b.stores.store.set("item", entry(1), 60)
    assert await shared(pair.a) == 2
    await pair.a.cache.remove("item")
    await pair.b.stores.store.set("item", entry(3), 60)
    assert await shared(pair.a) is None


async def test_keeps_what_was_read_before_a_change_elsewhere_out_of_memory(pair: Pair) -> None:
    loaded: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()
    began = asyncio.Event()

    async def load() -> Entry | None:
        began.set()
        return await loaded

    slow = asyncio.create_task(pair.b.cache.read("item", load, some_context()))
    await began.wait()
    await pair.a.cache.replace("item", entry(2))
    await asyncio.sleep(0.05)
    loaded.set_result(entry(1))
    await slow
    assert pair.b.cache.peek("item") is None
    await settled()
    assert await shared(pair.a) == 2


async def test_forgets_its_memory_when_messages_may_have_been_missed(url: str) -> None:
    link = await faulty_link(url)
    one = await instance(link.url, str(uuid4()))
    await eventually(lambda: one.stores.store.connected, 1)
    await read(one, 1)
    link.cut()
    await eventually(lambda: one.cache.peek("item") is None, 0.5)
    assert not one.stores.store.connected
    await read(one, 1)
    assert one.cache.peek("item") is not None
    await asyncio.sleep(1.05)
    assert one.cache.peek("item") is None
    link.heal()
    await eventually(lambda: one.stores.store.connected, 5)
    await one.stores.close()
    link.close()


async def test_notices_within_two_seconds_that_a_connection_hangs(url: str) -> None:
    link = await faulty_link(url)
    one = await instance(link.url, str(uuid4()))
    await eventually(lambda: one.stores.store.connected, 1)
    await read(one, 1)
    link.hang()
    await eventually(lambda: not one.stores.store.connected and one.cache.peek("item") is None, 2)
    with pytest.raises(BreakerOpenError):
        await one.stores.ping(0.5)
    link.heal()
    await eventually(lambda: one.stores.store.connected, 5)
    await one.stores.ping(0.5)
    await one.stores.close()
    link.close()


async def test_a_connection_that_hangs_for_long_is_given_up_for_a_new_one(url: str) -> None:
    link = await faulty_link(url)
    one = await instance(link.url, str(uuid4()))
    link.hang()
    await asyncio.sleep(3)
    link.heal()
    await eventually(lambda: one.stores.store.connected, 5)
    await one.stores.ping(0.5)
    await one.stores.close()
    link.close()


async def test_costs_a_reader_one_timeout_when_the_store_hangs_and_then_nothing(url: str) -> None:
    link = await faulty_link(url)
    one = await instance(link.url, str(uuid4()))
    link.hang()
    delays = []
    for number in range(20):
        began = time.perf_counter()
        await read(one, 1, f"item {number}")
        delays.append(time.perf_counter() - began)
    assert max(delays) < 0.15
    assert sum(delay > 0.05 for delay in delays) <= 1
    await one.stores.close()
    link.close()


async def test_tells_the_store_later_of_a_change_that_it_missed(url: str) -> None:
    prefix = str(uuid4())
    link = await faulty_link(url)
    a, b = await instance(link.url, prefix), await instance(url, prefix)
    await a.cache.replace("item", entry(1))
    await a.cache.replace("gone", entry(1))
    link.cut()
    await a.cache.replace("item", entry(2))
    await a.cache.remove("gone")
    assert await shared(b) == 1
    link.heal()

    async def both_are_void() -> bool:
        return await shared(b) is None and await shared(b, "gone") is None

    await eventually(both_are_void, 5)
    await b.stores.store.set("item", entry(1), 60)
    assert await shared(b) is None
    await b.stores.store.set("item", entry(2), 60)
    assert await shared(b) == 2
    await a.stores.close()
    await b.stores.close()
    link.close()


async def test_waits_for_a_moment_for_the_store_to_hear_of_a_change(url: str) -> None:
    prefix = str(uuid4())
    link = await faulty_link(url)
    a, b = await instance(link.url, prefix), await instance(url, prefix)
    await a.cache.replace("item", entry(1))
    link.cut()
    link.heal()
    await a.cache.replace("item", entry(2))
    assert await shared(b) != 1
    await a.stores.close()
    await b.stores.close()
    link.close()


async def test_answers_with_a_stale_copy_while_the_database_is_down(url: str) -> None:
    prefix = str(uuid4())
    short = {"CACHE_L1_TTL_MS": 50, "CACHE_L2_TTL_S": 1}
    a, b = await instance(url, prefix, **short), await instance(url, prefix, **short)
    await eventually(lambda: a.stores.store.connected, 1)
    await read(a, 1)
    await asyncio.sleep(1.1)
    assert brief(await a.cache.read("item", down, some_context())) == ("stale", "l1", 1)
    assert brief(await b.cache.read("item", down, some_context())) == ("stale", "l2", 1)
    with pytest.raises(Problem, match=UNAVAILABLE):
        await a.cache.read("unknown", down, some_context())
    await a.stores.close()
    await b.stores.close()


async def test_an_instance_hears_the_changes_of_others_and_not_its_own(pair: Pair) -> None:
    heard: list[tuple[str, int]] = []

    class Listener:
        def changed(self, key: str, version: int) -> None:
            heard.append((key, version))

        def lost(self) -> None:
            heard.append(("lost", 0))

    pair.a.stores.store.subscribe(Listener())
    await pair.a.cache.replace("of its own", entry(2))
    await pair.b.cache.replace("of another", entry(1))
    await eventually(lambda: heard != [], 1)
    assert heard == [("of another", 1)]


async def test_takes_no_notice_of_what_others_put_there(url: str) -> None:
    prefix = str(uuid4())
    one = await instance(url, prefix)
    await eventually(lambda: one.stores.store.connected, 1)
    await read(one, 1)
    client = Redis.from_url(url)
    await client.publish(f"{prefix}:changes", b"\xff nonsense")
    await client.set(f"{prefix}:cache:strange", "nonsense", ex=60)
    assert brief(await read(one, 1, "strange")) == ("miss", "origin", 1)
    await client.publish(f"{prefix}:changes", "another 2 item")
    await eventually(lambda: one.cache.peek("item") is None, 1)
    await client.aclose()
    await one.stores.close()


async def test_tells_the_other_instances_of_a_mark_and_rules_none_out_when_it_was_away(url: str) -> None:
    prefix = str(uuid4())
    link = await faulty_link(url)
    a, b = await instance(url, prefix), await instance(link.url, prefix)
    assert a.stores.marks
    assert b.stores.marks
    marks = b.stores.marks

    async def is_ruled_out() -> bool:
        return not await marks.may_have("somebody")

    await eventually(is_ruled_out, MARKED_S + 1)
    await a.stores.marks.leave("somebody")
    assert await marks.may_have("somebody")
    assert not await marks.may_have("somebody else")

    link.hang()
    began = time.perf_counter()
    assert await marks.may_have("somebody else")
    await marks.leave("somebody")
    assert time.perf_counter() - began < 0.15
    link.heal()

    async def answers() -> bool:
        try:
            await b.stores.ping(0.5)
        except BreakerOpenError:
            return False
        return True

    await eventually(answers, 5)
    assert await marks.may_have("somebody else")
    await a.stores.close()
    await b.stores.close()
    link.close()


async def test_leaves_nothing_behind_for_ever(url: str) -> None:
    prefix = str(uuid4())
    one = await instance(url, prefix)
    await one.cache.replace("kept", entry(1))
    await one.cache.remove("removed")
    taken = one.limiter.take(Policy("default", 10, 60, 1), "caller")
    assert not isinstance(taken, Verdict)
    await taken
    assert one.stores.marks
    await one.stores.marks.leave("somebody")
    client = Redis.from_url(url)
    keys = await client.keys(f"{prefix}:*")
    lives = [await client.ttl(key) for key in keys]
    assert len(keys) == 4
    assert min(lives) > 0
    await client.aclose()
    await one.stores.close()
