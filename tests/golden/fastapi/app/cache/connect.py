"""The stores that instances share, in Redis."""

from uuid import uuid4

from app.cache.in_process import in_process_stores
from app.cache.port import Stores
from app.cache.redis_link import Link
from app.cache.redis_marks import RedisMarks
from app.cache.redis_store import RedisStore
from app.config import Config
from app.limits.redis_bucket import RedisBucket
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

FIRST_ANSWER_S = 0.5


async def create_stores(*, config: Config, log: Log, metrics: Metrics) -> Stores:
    """Connects to Redis. Waits half a second at most: the process starts without it and takes it up when it comes.
    Without REDIS_URL, which only development allows, nothing is shared.
    """
    if not config.REDIS_URL:
        return in_process_stores(
            "REDIS_URL is not set: cache and rate limits live in this process, for one instance only"
        )
    link = Link(config.REDIS_URL, config.CACHE_PREFIX, log, metrics)
    store = RedisStore(link, config.CACHE_PREFIX, str(uuid4()))
    await link.first_answer(FIRST_ANSWER_S)

    async def ping(_: float) -> None:
        # Answers or gives up within the 100 ms that every command has.
        await link.ask("PING")

    async def close() -> None:
        await store.close()
        await link.close()

    bucket = RedisBucket(link, config.CACHE_PREFIX)
    marks = RedisMarks(link, config.CACHE_PREFIX)
    return Stores(store=store, bucket=bucket, marks=marks, ping=ping, close=close)
