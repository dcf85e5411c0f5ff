"""Instances that share a Redis."""

from dataclasses import dataclass

from app.cache.connect import create_stores
from app.cache.port import Stores
from app.cache.two_level import Cache, create_cache
from app.limits.limiter import Limiter, create_limiter
from app.telemetry.metrics import Metrics, create_metrics
from tests.support.parts import settings, silent_log

SIZES = {"CACHE_L1_ENTRIES": 100, "CACHE_L1_TTL_MS": 30_000, "CACHE_L2_TTL_S": 60, "CACHE_STALE_S": 60}


@dataclass
class Instance:
    """Cache and limiter of one instance."""

    stores: Stores
    cache: Cache
    limiter: Limiter
    metrics: Metrics


async def instance(url: str, prefix: str, **changed: int) -> Instance:
    """Return an instance; those with the same `prefix` share what is in Redis."""
    metrics, log = create_metrics(), silent_log()
    config = settings(REDIS_URL=url, CACHE_PREFIX=prefix, **{**SIZES, **changed})
    stores = await create_stores(config=config, log=log, metrics=metrics)
    cache = create_cache(shared=stores.store, config=config, metrics=metrics)
    limiter = create_limiter(shared=stores.bucket, metrics=metrics, log=log)
    return Instance(stores, cache, limiter, metrics)
