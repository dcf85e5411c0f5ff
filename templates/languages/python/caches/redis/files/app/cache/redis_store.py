"""The second level of the cache in Redis."""

import json
import re
from contextlib import suppress

from cachetools import LRUCache

from app.cache.port import REMOVED_VERSION, ChangeListener, Entry
from app.cache.redis_changes import Changes
from app.cache.redis_link import NO_ANSWER, Link, Script, Send
from app.context import RequestContext
from app.telemetry.trace import in_span

OWED_CHANGES = 10_000
SPAN_ATTRIBUTES = {"db.system.name": "redis", "db.operation.name": "GET"}
VALUE = re.compile(rb'(\d{1,16}) (\d{1,16}) (?:("(?:[^"\\]|\\.)*") )?(.+)', re.DOTALL)


class RedisStore:
    """Keeps entries under a prefix, and notifies other instances of changes."""

    def __init__(self, link: Link, prefix: str, instance: str) -> None:
        """Take the first part of every key, and a name that no other instance has."""
        self._link = link
        self._prefix = f"{prefix}:cache:"
        self._channel = f"{prefix}:changes"
        self._instance = instance
        self._cache_set = Script("cache-set")
        # Redis may keep outdated versions after an outage: missed changes are sent before it is read again.
        self._owed: LRUCache[str, tuple[int, int]] = LRUCache(OWED_CHANGES)
        link.on_ready(lambda: self._tell_owed(link.send))
        self._changes = Changes(link, self._channel, instance)

    @property
    def connected(self) -> bool:
        """Whether changes made elsewhere are heard of at the moment."""
        return self._changes.connected

    def subscribe(self, listener: ChangeListener) -> None:
        """Notify one listener of changes made by other instances."""
        self._changes.listener = listener

    async def get(self, key: str, context: RequestContext) -> Entry | None:
        """Return the entry; None when it is not there or Redis does not answer in time."""
        name = self._prefix + key
        try:
            with in_span(context.span, "GET", SPAN_ATTRIBUTES):
                value = await self._link.ask("GET", name)
                return parse(value)
        except NO_ANSWER:
            return None

    async def set(self, key: str, entry: Entry, ttl_s: int) -> None:
        """Keep the entry unless a newer version is there already."""
        try:
            await self._put(self._link.ask, key, entry, ttl_s)
        except NO_ANSWER:
            # A copy that is not kept costs the next reader a query, no more.
            return

    async def replace(self, key: str, entry: Entry, ttl_s: int) -> None:
        """Keep the new version and tell the other instances, later when Redis does not answer now."""
        try:
            await self._put(self._link.ask, key, entry, ttl_s, self._channel)
            self._owed.pop(key, None)
        except NO_ANSWER:
            owed_version, _ = self._owed.get(key, (0, 0))
            self._owed[key] = (max(entry.version, owed_version), ttl_s)
            # A process that is stopped between requests would owe it until the next one.
            await self._link.recovered()
            with suppress(*NO_ANSWER):
                await self._tell_owed(self._link.ask)

    async def remove(self, key: str, ttl_s: int) -> None:
        """Forget the item, keep late readers from putting it back, and tell the other instances."""
        await self.replace(key, Entry(REMOVED_VERSION, b"", 0), ttl_s)

    async def close(self) -> None:
        """Stop listening."""
        await self._changes.close()

    async def _put(self, send: Send, key: str, entry: Entry, ttl_s: int, channel: str = "") -> None:
        owner = b"" if entry.owner is None else json.dumps(entry.owner).encode() + b" "
        value = b"%d %d %b%b" % (entry.version, entry.stored_at, owner, entry.body)
        announcement = f"{self._instance} {entry.version} {key}"
        arguments = (entry.version, value, ttl_s, channel, announcement)
        await self._cache_set.run(send, self._prefix + key, *arguments)

    async def _tell_owed(self, send: Send) -> None:
        for key, (version, ttl_s) in list(self._owed.items()):
            await self._put(send, key, Entry(version, b"", 0), ttl_s, self._channel)
            if self._owed.get(key, (0, 0))[0] == version:
                del self._owed[key]


def parse(value: bytes | str | None) -> Entry | None:
    """Read what redis/cache-set.lua describes; a value without JSON stands for nothing."""
    found = VALUE.fullmatch(value) if isinstance(value, bytes) else None
    if not found:
        return None
    return Entry(int(found[1]), found[4], int(found[2]), json.loads(found[3]) if found[3] else None)
