"""A cache of two levels: this process and the store that instances share."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.cache.first_level import FirstLevel
from app.cache.flights import Flight, LeaderGaveUpError
from app.cache.port import REMOVED_VERSION, Entry, SharedStore
from app.cache.reading import Reading, age, is_outage
from app.config import Config
from app.context import RequestContext
from app.telemetry.metrics import Metrics

# Longer than any read takes that may still bring in a removed item.
REMOVAL_REMEMBERED_S = 60

Load = Callable[[], Awaitable[Entry | None]]


class Cache:
    """Reads through both levels. However many callers ask for a key at once, one of them asks the shared store and the
    database; when that one is cancelled, the next caller that still waits asks anew.
    """

    def __init__(self, shared: SharedStore, config: Config, metrics: Metrics) -> None:
        self._shared = shared
        self._shared_ttl = config.CACHE_L2_TTL_S
        self._kept_s = config.CACHE_L2_TTL_S + config.CACHE_STALE_S
        self._memory = FirstLevel(config.CACHE_L1_ENTRIES, config.CACHE_L1_TTL_MS / 1000, shared)
        self._flights: dict[str, Flight] = {}
        self._background: set[asyncio.Task[None]] = set()
        # A rate over a series that begins with its first event would miss that event.
        self._counts = {
            (level, outcome): metrics.cache_requests.labels(level, outcome)
            for level, outcome in (
                ("l1", "hit"),
                ("l2", "hit"),
                ("l1", "stale"),
                ("l2", "stale"),
                ("origin", "miss"),
            )
        }
        self._hits = self._counts["l1", "hit"]
        shared.subscribe(self)

    def peek(self, key: str) -> Reading | None:
        """The entry if this process has it and it is fresh: nobody is asked."""
        slot = self._memory.get(key)
        if slot is None:
            return None
        fresh_s = self._memory.fresh_for(slot)
        if fresh_s <= 0:
            return None
        self._hits.inc()
        return Reading(slot.entry, "hit", "l1", age(slot.entry), fresh_s)

    async def read(self, key: str, load: Load, context: RequestContext) -> Reading:
        """The entry from the nearest level that has it, else from `load`; a stale one, up to CACHE_STALE_S past its
        time, when `load` fails because a dependency is down or slow.

        Raises what `load` raises when there is no such entry.
        """
        return self.peek(key) or await self._join(key, load, context)

    async def replace(self, key: str, entry: Entry) -> None:
        """After the commit of a write: all instances answer with this version from now on."""
        self.changed(key, entry.version)
        self._memory.keep(key, entry, self._memory.era)
        await asyncio.shield(self._begin(self._shared.replace(key, entry, self._kept_s)))

    async def remove(self, key: str) -> None:
        """After the commit of a removal, or of a write whose outcome is not at hand."""
        self.changed(key, REMOVED_VERSION)
        await asyncio.shield(self._begin(self._shared.remove(key, REMOVAL_REMEMBERED_S)))

    def changed(self, key: str, version: int) -> None:
        """Another instance changed the item."""
        self._memory.change(key, version)
        # Later readers must not join a load that started before the change.
        self._flights.pop(key, None)

    def lost(self) -> None:
        """Changes by other instances may have been missed."""
        self._memory.clear()
        self._flights.clear()

    close = lost

    async def _join(self, key: str, load: Load, context: RequestContext) -> Reading:
        while True:
            running = self._flights.get(key)
            flight = running or self._start(key, context)
            try:
                reading = await (running.landing(context) if running else self._lead(key, load, flight))
            except LeaderGaveUpError:
                continue
            except Exception as error:
                stale = self._stale(key, flight.old) if is_outage(error) else None
                if stale is None:
                    raise
                reading = stale
            self._counts[reading.level, reading.outcome].inc()
            return reading

    def _start(self, key: str, leader: RequestContext) -> Flight:
        flight = self._flights[key] = Flight(leader)
        return flight

    async def _lead(self, key: str, load: Load, flight: Flight) -> Reading:
        try:
            reading = await self._fetch(key, load, flight)
        except BaseException as error:
            self._end(key, flight)
            flight.fail(error)
            raise
        self._end(key, flight)
        flight.land(reading)
        return reading

    def _end(self, key: str, flight: Flight) -> None:
        if self._flights.get(key) is flight:
            del self._flights[key]

    async def _fetch(self, key: str, load: Load, flight: Flight) -> Reading:
        era = self._memory.era
        held = await self._shared.get(key, flight.leader)
        if held and self._memory.is_void(key, held.version):
            # After an outage the store may still miss a change that this instance has seen.
            held = None
        if held and age(held) < self._shared_ttl:
            self._memory.keep(key, held, era)
            return Reading(held, "hit", "l2", age(held), self._shared_ttl - age(held))
        flight.old = held
        entry = await load()
        if entry:
            self._memory.keep(key, entry, era)
            self._begin(self._shared.set(key, entry, self._kept_s))
        return Reading(entry, "miss", "origin", 0, 0)

    def _stale(self, key: str, old: Entry | None) -> Reading | None:
        slot = self._memory.get(key)
        if slot and self._is_useful(slot.entry) and (not old or slot.entry.version >= old.version):
            ttl_s = min(-1.0, self._memory.fresh_for(slot))
            return Reading(slot.entry, "stale", "l1", age(slot.entry), ttl_s)
        if old and self._is_useful(old):
            return Reading(old, "stale", "l2", age(old), self._shared_ttl - age(old))
        return None

    def _is_useful(self, entry: Entry) -> bool:
        return age(entry) < self._kept_s

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Work that is finished whatever becomes of the request that began it."""
        task = asyncio.create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
        return task


def create_cache(*, shared: SharedStore, config: Config, metrics: Metrics) -> Cache:
    """A cache over that store."""
    return Cache(shared, config, metrics)
