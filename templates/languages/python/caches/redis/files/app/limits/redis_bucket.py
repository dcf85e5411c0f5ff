"""The bucket that instances share, on the clock of the Redis server."""

from pathlib import Path

from app.cache.redis_connection import Script
from app.cache.redis_link import Link
from app.limits.bucket import Grant, Policy

RATE_LIMIT = Script(Path("redis/rate-limit.lua").read_text())


class RedisBucket:
    """`prefix` is the first part of every key."""

    def __init__(self, link: Link, prefix: str) -> None:
        self._link = link
        self._prefix = f"{prefix}:limit:"

    async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
        """Takes as many tokens as are free; raises when Redis does not answer."""
        name = f"{self._prefix}{policy.name}:{key}"
        window_ms = policy.window_seconds * 1000
        granted, remaining, retry_after_ms, reset_ms = await self._link.run(
            RATE_LIMIT, name, policy.quota, window_ms, tokens
        )
        return Grant(granted, remaining, retry_after_ms, reset_ms)
