"""The bucket that instances share, on the clock of the Redis server."""

from app.cache.redis_link import Link, Script
from app.limits.bucket import Grant, Policy


class RedisBucket:
    """Keeps a number for each caller."""

    def __init__(self, link: Link, prefix: str) -> None:
        """Take the first part of every key."""
        self._link = link
        self._prefix = f"{prefix}:limit:"
        self._rate_limit = Script("rate-limit")

    async def take(self, key: str, policy: Policy, tokens: int) -> Grant:
        """Take as many tokens as are free, up to `tokens`; raise when Redis does not answer."""
        bucket = f"{self._prefix}{policy.name}:{key}"
        window_ms = policy.window_seconds * 1000
        return Grant(*await self._rate_limit.run(self._link.ask, bucket, policy.quota, window_ms, tokens))
