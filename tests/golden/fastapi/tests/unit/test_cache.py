"""The cache of two levels."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import NoReturn

import pytest

from app.cache.in_process import Nothing
from app.cache.port import ChangeListener, Entry
from app.cache.reading import Reading
from app.cache.two_level import Cache, Load, create_cache
from app.context import RequestContext
from app.http.cache_status import cache_status
from app.problem import Problem, dependency_unavailable
from app.telemetry.metrics import create_metrics
from tests.support.parts import settings, settled, some_context


def entry(version: int, age_s: float = 0) -> Entry:
    """Return an entry of that age."""
    return Entry(version, b'{"version":%d}' % version, (time.time() - age_s) * 1000)


class Store(Nothing):
    """A shared store with given entries, which notifies no instance."""

    def __init__(self, **held: Entry) -> None:
        self.connected = True
        self.held = held
        self.listener: ChangeListener

    async def get(self, key: str, context: RequestContext) -> Entry | None:
        """Answer from what was given."""
        return self.held.get(key)

    def subscribe(self, listener: ChangeListener) -> None:
        """Remember the listener for the test."""
        self.listener = listener


def cache_with(store: Store | None = None) -> Cache:
    """Return a cache over that store."""
    sizes = {"CACHE_L1_ENTRIES": 10, "CACHE_L1_TTL_MS": 5000, "CACHE_L2_TTL_S": 60, "CACHE_STALE_S": 60}
    return create_cache(shared=store or Store(), config=settings(**sizes), metrics=create_metrics())


class SlowLoader:
    """Counts its calls and returns on request."""

    def __init__(self) -> None:
        self.answers: list[asyncio.Future[Entry | None]] = []

    async def load(self) -> Entry | None:
        """Wait for the answer that the test gives."""
        answer: asyncio.Future[Entry | None] = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        return await answer


def loading(found: Entry | None) -> Load:
    """Return a loader that finds this."""

    async def load() -> Entry | None:
        return found

    return load


async def down() -> NoReturn:
    """Load from a database that is down."""
    raise dependency_unavailable("database")


def reads(
    cache: Cache, load: Load, count: int = 1, context: RequestContext | None = None
) -> list[asyncio.Task[Reading]]:
    """Begin that many reads of the item `a`."""
    return [asyncio.create_task(cache.read("a", load, context or some_context())) for _ in range(count)]


def version_of(reading: Reading | None) -> int | None:
    """Return the version that was read."""
    return reading.entry.version if reading and reading.entry else None


async def test_asks_once_for_any_number_of_readers() -> None:
    cache, loader = cache_with(), SlowLoader()
    readings = reads(cache, loader.load, 200)
    await settled()
    assert len(loader.answers) == 1
    loader.answers[0].set_result(entry(1))
    assert {version_of(one) for one in await asyncio.gather(*readings)} == {1}
    peeked = cache.peek("a")
    assert peeked is not None
    assert (peeked.outcome, peeked.level) == ("hit", "l1")


async def test_keeps_nothing_of_items_that_do_not_exist() -> None:
    cache = cache_with()
    for _ in range(3):
        reading = await cache.read("a", loading(None), some_context())
        assert (reading.entry, reading.outcome) == (None, "miss")


async def test_the_next_reader_takes_over_from_one_that_was_cancelled() -> None:
    cache, given_up, loader = cache_with(), SlowLoader(), SlowLoader()
    (first,) = reads(cache, given_up.load)
    await settled()
    others = reads(cache, loader.load, 3)
    await settled()
    first.cancel()
    await settled()
    assert first.cancelled()
    assert len(loader.answers) == 1
    loader.answers[0].set_result(entry(1))
    assert [version_of(one) for one in await asyncio.gather(*others)] == [1, 1, 1]


async def test_the_next_reader_takes_over_from_one_whose_deadline_has_passed() -> None:
    cache, loader = cache_with(), SlowLoader()
    hurried = some_context(0.05)

    async def load() -> NoReturn:
        async with hurried.time_limit():
            await asyncio.sleep(10)
        raise AssertionError

    (first,) = reads(cache, load, context=hurried)
    await settled()
    (second,) = reads(cache, loader.load)
    with pytest.raises(Problem, match="deadline"):
        await first
    await settled()
    loader.answers[0].set_result(entry(1))
    assert version_of(await second) == 1


async def test_a_reader_that_was_cancelled_harms_no_other() -> None:
    cache, loader = cache_with(), SlowLoader()
    first, second, third = reads(cache, loader.load, 3)
    await settled()
    second.cancel()
    await settled()
    assert second.cancelled()
    loader.answers[0].set_result(entry(1))
    assert [version_of(await first), version_of(await third)] == [1, 1]


async def _write_here(cache: Cache, _: Store) -> None:
    await cache.replace("a", entry(2))


async def _removal_here(cache: Cache, _: Store) -> None:
    await cache.remove("a")


async def _write_elsewhere(_: Cache, store: Store) -> None:
    store.listener.changed("a", 2)


async def _lost_messages(_: Cache, store: Store) -> None:
    store.listener.lost()


@pytest.mark.parametrize("change", [_write_here, _removal_here, _write_elsewhere, _lost_messages])
async def test_does_not_keep_what_was_read_before(change: Callable[[Cache, Store], Awaitable[None]]) -> None:
    store, loader = Store(), SlowLoader()
    cache = cache_with(store)
    (reading,) = reads(cache, loader.load)
    await settled()
    await change(cache, store)
    (later,) = reads(cache, loader.load)
    await settled()
    loader.answers[0].set_result(entry(1))
    await reading
    assert version_of(cache.peek("a")) != 1
    if len(loader.answers) > 1:
        loader.answers[1].set_result(entry(2))
    assert version_of(await later) == 2


async def test_does_not_put_its_own_write_over_a_newer_one_that_it_heard_of() -> None:
    store = Store()
    cache = cache_with(store)
    store.listener.changed("a", 3)
    await cache.replace("a", entry(2))
    assert cache.peek("a") is None


async def test_a_change_is_told_to_the_store_although_the_request_is_cancelled() -> None:
    told = asyncio.Event()

    class Slow(Store):
        async def remove(self, key: str, ttl_s: int) -> None:
            await asyncio.sleep(0.01)
            told.set()

    cache = cache_with(Slow())
    removal = asyncio.create_task(cache.remove("a"))
    await settled()
    removal.cancel()
    async with asyncio.timeout(1):
        await told.wait()


async def test_answers_with_nothing_older_than_before_when_the_store_comes_back() -> None:
    store = Store()
    cache = cache_with(store)
    await cache.read("a", loading(entry(2)), some_context())
    store.listener.lost()
    store.held["a"] = entry(1)
    reading = await cache.read("a", loading(entry(2)), some_context())
    assert reading.level == "origin"
    assert reading.entry is not None
    assert reading.entry.version == 2


async def test_believes_its_memory_for_a_second_at_most_while_no_changes_are_heard_of() -> None:
    store = Store()
    cache = cache_with(store)
    await cache.read("a", loading(entry(1)), some_context())
    connected = cache.peek("a")
    assert connected is not None
    assert connected.ttl_seconds > 4
    store.connected = False
    alone = cache.peek("a")
    assert alone is not None
    assert alone.ttl_seconds <= 1


async def test_answers_with_a_stale_copy_while_the_database_is_down_but_not_for_ever() -> None:
    reading = await cache_with(Store(a=entry(1, 90))).read("a", down, some_context())
    assert (reading.outcome, reading.level, version_of(reading)) == ("stale", "l2", 1)
    headers = cache_status(reading)
    assert re.fullmatch(r"l2; fwd=stale; ttl=-3\d; detail=origin-unavailable", headers["cache-status"])
    assert headers["age"] == "90"
    with pytest.raises(Problem, match="not available"):
        await cache_with(Store(a=entry(1, 130))).read("a", down, some_context())


async def test_does_not_hide_an_error_that_is_no_outage() -> None:
    async def broken() -> NoReturn:
        raise TypeError("a bug")

    with pytest.raises(TypeError, match="a bug"):
        await cache_with(Store(a=entry(1, 90))).read("a", broken, some_context())


async def test_tells_which_level_answered() -> None:
    cache = cache_with(Store(shared=entry(1)))

    async def status(key: str) -> str:
        reading = await cache.read(key, loading(entry(1)), some_context())
        return cache_status(reading)["cache-status"]

    assert await status("new") == "l1; fwd=miss"
    assert await status("new") == "l1; hit; ttl=4"
    assert re.fullmatch("l2; hit; ttl=(59|60)", await status("shared"))
