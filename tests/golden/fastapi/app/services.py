"""What exists once per process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.auth.authenticator import Authenticator
from app.auth.create import create_auth
from app.background import purge_for_ever
from app.cache.connect import create_stores
from app.cache.two_level import Cache, create_cache
from app.config import Config
from app.database.connect import create_database
from app.database.idempotency import TABLE, purge_expired
from app.database.port import Database
from app.database.recent_writes import RecentWrites
from app.database.schema import SchemaCheck
from app.http.cursor import Cursors
from app.http.shedding import Shedding
from app.lifecycle import Lifecycle
from app.limits.bucket import Policy
from app.limits.limiter import Limiter, create_limiter
from app.limits.policies import PolicyName, policies
from app.telemetry.log import Log, create_log
from app.telemetry.metrics import Metrics, create_metrics


@dataclass(slots=True, frozen=True)
class Services:
    """One of each per process."""

    config: Config
    log: Log
    metrics: Metrics
    database: Database
    recent_writes: RecentWrites
    cache: Cache
    limiter: Limiter
    policies: dict[PolicyName, Policy]
    cursors: Cursors
    auth: Authenticator
    shedding: Shedding
    lifecycle: Lifecycle


@asynccontextmanager
async def open_services(config: Config) -> AsyncIterator[Services]:
    """Connect nothing that has to answer: the process starts, and serves what it can, while a dependency is down."""
    log = create_log(config)
    metrics = create_metrics()
    database = await create_database(config=config, log=log, metrics=metrics)
    stores = await create_stores(config=config, log=log, metrics=metrics)
    if stores.note:
        log.warning(stores.note)
    limiter = create_limiter(shared=stores.bucket, metrics=metrics, log=log)
    services = Services(
        config=config,
        log=log,
        metrics=metrics,
        database=database,
        recent_writes=RecentWrites(stores.marks if database.has_replica else None),
        cache=create_cache(shared=stores.store, config=config, metrics=metrics),
        limiter=limiter,
        policies=policies(config),
        cursors=Cursors(config.CURSOR_SECRET),
        auth=await create_auth(
            config=config, log=log, metrics=metrics, database=database, limiter=limiter, stores=stores
        ),
        shedding=Shedding(config, metrics),
        lifecycle=Lifecycle(
            {"database": database.ping, "cache": stores.ping},
            config.READINESS_GATES,
            SchemaCheck(database, log).is_behind,
        ),
    )
    purge = asyncio.create_task(purge_for_ever(database, TABLE, purge_expired, log))
    try:
        yield services
    finally:
        purge.cancel()
        services.auth.close()
        services.shedding.close()
        services.cache.close()
        await stores.close()
        await database.close()
