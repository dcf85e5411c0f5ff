"""The queue: a stream of Redis (taskiq-redis)."""

import asyncio
from typing import Final

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from taskiq_redis import RedisStreamBroker

from app.config import Config

_BLOCK_MS: Final = 2000
_LONGEST: Final = 10_000
"""Messages that the stream keeps. The relay sends again what is cut off."""


def create_broker(config: Config) -> RedisStreamBroker:
    """Return the queue of QUEUE_URL, which need not answer yet."""
    return RedisStreamBroker(
        config.QUEUE_URL,
        queue_name=f"{config.QUEUE_NAME}:jobs",
        consumer_group_name="workers",
        # From the first message on: one may be there before the first worker.
        consumer_id="0",
        maxlen=_LONGEST,
        xread_block=_BLOCK_MS,
        # A worker takes what it can do now, and leaves the rest to others.
        xread_count=1,
        protocol=2,
        retry=Retry(NoBackoff(), 0),
        socket_connect_timeout=2,
        socket_timeout=2 * _BLOCK_MS / 1000,
        socket_keepalive=True,
    )


async def ping(broker: RedisStreamBroker, timeout_s: float) -> None:
    """Return when the queue answers within that time; raise otherwise."""
    async with asyncio.timeout(timeout_s):
        await Redis(connection_pool=broker.connection_pool).ping()
