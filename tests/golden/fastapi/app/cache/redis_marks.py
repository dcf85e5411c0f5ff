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

    async def leave(self, name: str) -> None:
        """Leave a mark for MARKED_S, or not when Redis does not answer in time."""
        key = self._prefix + name
        with suppress(*NO_ANSWER):
            await self._link.ask("SET", key, "", "PX", int(MARKED_S * 1000))

    async def may_have(self, name: str) -> bool:
        """Return False when it is not there; True when it is, and when Redis cannot tell."""
        # What was to be left while it was away is not there.
        if monotonic() < self._link.answers_since + MARKED_S:
            return True
        key = self._prefix + name
        try:
            return int(await self._link.ask("EXISTS", key)) > 0
        except NO_ANSWER:
            return True
