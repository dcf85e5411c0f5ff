"""Marks in Redis, which forgets them by itself."""

from contextlib import suppress
from time import monotonic

from app.cache.port import MARKED_S
from app.cache.redis_link import NO_ANSWER, Link


class RedisMarks:
    """Keeps a key for each mark."""

    def __init__(self, link: Link, prefix: str) -> None:
        """Take the first part of every key."""
        self._link = link
        self._prefix = f"{prefix}:mark:"

    async def leave(self, name: str, for_s: float = MARKED_S) -> None:
        """Leave a mark for that many seconds, or not when Redis does not answer in time."""
        key = self._prefix + name
        with suppress(*NO_ANSWER):
            await self._link.ask("SET", key, "", "PX", int(for_s * 1000))

    async def has(self, name: str) -> bool | None:
        """Return whether it is there; None when Redis cannot tell."""
        try:
            return int(await self._link.ask("EXISTS", self._prefix + name)) > 0
        except NO_ANSWER:
            return None

    async def may_have(self, name: str) -> bool:
        """Return False when it is not there; True when it is, and when Redis cannot tell."""
        # What was to be left while it was away is not there.
        if monotonic() < self._link.answers_since + MARKED_S:
            return True
        return await self.has(name) is not False
