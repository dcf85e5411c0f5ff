"""The second level of the cache in Redis."""

from pathlib import Path
from typing import Any

from cachetools import LRUCache

from app.cache.port import REMOVED_VERSION, ChangeListener, Entry
from app.cache.redis_connection import Connection, Script
from app.cache.redis_link import Link
from app.context import Call
from app.telemetry.trace import in_span

OWED_CHANGES = 10_000
SPAN_ATTRIBUTES = {"db.system.name": "redis", "db.operation.name": "GET"}
CACHE_SET = Script(Path("redis/cache-set.lua").read_text())


class RedisStore:
    """
    `prefix` is the first part of every key; `instance` is told apart from all others: an instance does not hear its
    own changes.
    """

    def __init__(self, link: Link, prefix: str, instance: str) -> None:
        self.connected = False
        self._link = link
        self._prefix = f"{prefix}:cache:"
        self._channel = f"{prefix}:changes"
        self._instance = instance
        # While Redis is away it keeps versions that are void by now: they are told before it is asked again.
        self._owed: LRUCache[str, tuple[int, int]] = LRUCache(OWED_CHANGES)
        self._listener: ChangeListener | None = None
        link.start(self._ready, self._down, self._heard)

    def subscribe(self, listener: ChangeListener) -> None:
        self._listener = listener

    async def get(self, key: str, call: Call) -> Entry | None:
        try:
            with in_span(call.span, "GET", SPAN_ATTRIBUTES):
                return parse(await self._link.ask("GET", self._prefix + key))
        except Exception:
            # Whatever is wrong with the store: the database is asked instead.
            return None

    async def set(self, key: str, entry: Entry, ttl_s: int) -> None:
        try:
            await self._put(key, entry, ttl_s, "")
        except Exception:
            # A copy that is not kept costs the next reader a query, no more.
            return

    async def replace(self, key: str, entry: Entry, ttl_s: int) -> None:
        try:
            await self._put(key, entry, ttl_s, self._channel)
            self._owed.pop(key, None)
        except Exception:
            owed_version, _ = self._owed.get(key, (0, 0))
            self._owed[key] = (max(entry.version, owed_version), ttl_s)

    async def remove(self, key: str, ttl_s: int) -> None:
        await self.replace(key, Entry(REMOVED_VERSION, b"", 0), ttl_s)

    async def _put(self, key: str, entry: Entry, ttl_s: int, channel: str) -> None:
        value = b"%d %d %b" % (entry.version, entry.stored_at, entry.body)
        announcement = f"{self._instance} {entry.version} {key}"
        name = self._prefix + key
        await self._link.run(CACHE_SET, name, entry.version, value, ttl_s, channel, announcement)

    async def _ready(self, connection: Connection) -> None:
        await connection.ask("SUBSCRIBE", self._channel)
        for key, (version, ttl_s) in list(self._owed.items()):
            announcement = f"{self._instance} {version} {key}"
            name, value = self._prefix + key, f"{version} 0 "
            await connection.run(CACHE_SET, name, version, value, ttl_s, self._channel, announcement)
            if self._owed.get(key, (0, 0))[0] == version:
                del self._owed[key]
        # What began to be read before may have missed a change.
        if self._listener:
            self._listener.lost()
        self.connected = True

    def _down(self) -> None:
        if self.connected and self._listener:
            self._listener.lost()
        self.connected = False

    def _heard(self, push: list[Any]) -> None:
        kind, _, content = push
        if kind == b"message" and self._listener:
            sender, version, key = content.decode().split(" ", 2)
            if sender != self._instance:
                self._listener.changed(key, int(version))


def parse(value: bytes | None) -> Entry | None:
    """The form is described in redis/cache-set.lua."""
    if value is None:
        return None
    version, stored_at, body = value.split(b" ", 2)
    return Entry(int(version), body, int(stored_at)) if body else None
