"""One PostgreSQL server: its pool, and the breaker that refuses at once while it does not answer."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

import psycopg

from app.config import Config
from app.database.errors import database_error, is_dependency_failure
from app.database.link import Link
from app.database.opening import connection_string
from app.database.pool import SETTLE_S, Pool
from app.database.port import Row, Transaction, Values
from app.database.query import Query
from app.database.session import Session
from app.problem import Problem, dependency_unavailable
from app.resilience import Breaker, BreakerOpenError
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

R = TypeVar("R")
_BREAKERS: Final = {"primary": "database", "replica": "database-replica"}
_BEGIN: Final = Query("", "begin", (), {})
_COMMIT: Final = Query("", "commit", (), {})
_ONE: Final = Query("", "select 1", (), {})


class Server:
    """Runs statements and transactions; its errors are those of the port."""

    def __init__(self, name: str, url: str, config: Config, log: Log, metrics: Metrics) -> None:
        """Connect when first asked. `name` is `primary` or `replica`."""
        self._breaker = Breaker(_BREAKERS[name], metrics, is_dependency_failure)
        self._pool = Pool(
            connection_string(name, url, config),
            size=config.DB_POOL_MAX,
            acquire_s=config.DB_ACQUIRE_TIMEOUT_MS / 1000,
            on_late=metrics.connection_timeouts.labels(name).inc,
            on_lost=lambda: log.warning("connection lost", pool=name),
            on_hang=self._count_failure,
        )
        _observe(name, self._pool, config.DB_POOL_MAX, metrics)

    async def read(self, query: Query, values: Values) -> list[Row]:
        """Run one statement by itself."""
        return await self._guarded(lambda link: link.run(query, values))

    async def transaction(self, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work` between begin and commit."""

        async def attempt(link: Link) -> R:
            await link.run(_BEGIN, {})
            try:
                result = await work(Session(link))
            except Exception:
                # Its locks are gone before the caller hears of it, and tries again.
                await link.settle(SETTLE_S)
                raise
            await link.run(_COMMIT, {})
            return result

        return await self._guarded(attempt)

    async def ping(self, timeout_s: float) -> None:
        """Ask without the breaker. Raises Problem `dependency-unavailable`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._with_link(lambda link: link.run(_ONE, {}))
        except TimeoutError as late:
            raise dependency_unavailable("database") from late

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def _guarded(self, work: Callable[[Link], Awaitable[R]]) -> R:
        try:
            with self._breaker:
                return await self._with_link(work)
        except BreakerOpenError as refused:
            raise dependency_unavailable("database") from refused

    async def _with_link(self, work: Callable[[Link], Awaitable[R]]) -> R:
        link = await self._pool.acquire()
        try:
            return await work(link)
        except psycopg.Error as error:
            known = database_error(error)
            if is_dependency_failure(known):
                link.close()
            if known is error:
                raise
            raise known from error
        finally:
            self._pool.release(link)

    def _count_failure(self) -> None:
        # Who waited has gone by now, at the deadline: that alone says nothing about the server.
        with suppress(Problem, BreakerOpenError), self._breaker:
            raise dependency_unavailable("database")


def _observe(name: str, pool: Pool, size: int, metrics: Metrics) -> None:
    """Read the pool's own counters when metrics are asked for; nothing is counted on the way of a request."""

    def collect() -> None:
        idle, used, waiting = pool.counts()
        metrics.connections.labels(name, "idle").set(idle)
        metrics.connections.labels(name, "used").set(used)
        metrics.connections_max.labels(name).set(size)
        metrics.connections_pending.labels(name).set(waiting)

    metrics.on_collect(collect)
