"""One PostgreSQL server: its pool, and the breaker that refuses at once while it does not answer."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_hex
from typing import Final, TypeVar

import psycopg

from app.config import Config
from app.database.connection import Connection
from app.database.errors import database_error, is_dependency_failure, is_outdated
from app.database.opening import connection_string
from app.database.pool import Pool
from app.database.port import Row, Transaction, Values
from app.database.query import Query
from app.database.session import Session
from app.problem import Problem, dependency_unavailable
from app.resilience import Breaker, BreakerOpenError
from app.telemetry.metrics import Metrics

R = TypeVar("R")
_BREAKERS: Final = {"primary": "database", "replica": "database-replica"}
_BEGIN: Final = Query("", "begin", (), {})
_COMMIT: Final = Query("", "commit", (), {})
_ONE: Final = Query("", "select 1", (), {})
_NEW_GENERATIONS: Final = 2
"""How often one read is prepared anew: the schema may change again meanwhile."""


class Server:
    """Runs statements and transactions; its errors are those of the port."""

    def __init__(self, name: str, url: str, config: Config, metrics: Metrics) -> None:
        """Connect when first asked. `name` is `primary` or `replica`."""
        self._breaker = Breaker(_BREAKERS[name], metrics, is_dependency_failure)
        self._pool = Pool(
            name,
            connection_string(name, url, config),
            size=config.DB_POOL_MAX,
            acquire_s=config.DB_ACQUIRE_TIMEOUT_MS / 1000,
            prepares=config.DB_SESSION_STATE == "on",
            on_late=metrics.connection_timeouts.labels(name).inc,
        )
        self._generation = ""
        self._use_time = metrics.connection_use_time.labels(name)
        _observe(name, self._pool, config.DB_POOL_MAX, metrics)

    async def open(self) -> None:
        """Open the pool."""
        await self._pool.open()

    async def read(self, query: Query, values: Values) -> list[Row]:
        """Run one statement by itself."""
        for _ in range(_NEW_GENERATIONS):
            try:
                return await self._guarded(lambda connection: connection.run(query, values))
            except psycopg.Error as error:
                if not is_outdated(error):
                    raise
        return await self._guarded(lambda connection: connection.run(query, values))

    async def transaction(self, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work` between begin and commit."""

        async def attempt(connection: Connection) -> R:
            await connection.run(_BEGIN, {})
            result = await work(Session(connection))
            await connection.run(_COMMIT, {})
            return result

        return await self._guarded(attempt)

    async def ping(self, timeout_s: float) -> None:
        """Ask without the breaker. Raises Problem `dependency-unavailable`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._with_connection(lambda connection: connection.run(_ONE, {}))
        except TimeoutError as late:
            raise dependency_unavailable("database") from late

    async def close(self) -> None:
        """Close the pool."""
        await self._pool.close()

    async def _guarded(self, work: Callable[[Connection], Awaitable[R]]) -> R:
        try:
            with self._breaker:
                return await self._with_connection(work)
        except BreakerOpenError as refused:
            raise dependency_unavailable("database") from refused

    async def _with_connection(self, work: Callable[[Connection], Awaitable[R]]) -> R:
        connection = await self._pool.acquire()
        connection.generation = self._generation
        start = time.perf_counter()
        try:
            return await work(connection)
        except psycopg.Error as error:
            known = database_error(error)
            if is_dependency_failure(known):
                connection.pgconn.finish()
            if is_outdated(error) and connection.generation == self._generation:
                # Poolers know a statement by its text: the same text would find the old one again.
                self._generation = f" /* {token_hex(4)} */"
            if known is error:
                raise
            raise known from error
        except asyncio.CancelledError:
            if connection.closed:
                self._count_failure()
            raise
        finally:
            # Its locks are gone before the caller hears of it, and tries again.
            await self._pool.release(connection)
            self._use_time.observe(time.perf_counter() - start)

    def _count_failure(self) -> None:
        # The server did not even end a statement; the cancellation alone says nothing about it.
        with suppress(Problem, BreakerOpenError), self._breaker:
            raise dependency_unavailable("database")


def _observe(name: str, pool: Pool, size: int, metrics: Metrics) -> None:
    """Read the pool's own counters when metrics are asked for."""

    def collect() -> None:
        idle, used, waiting = pool.counts()
        metrics.connections.labels(name, "idle").set(idle)
        metrics.connections.labels(name, "used").set(used)
        metrics.connections_max.labels(name).set(size)
        metrics.connections_pending.labels(name).set(waiting)

    metrics.on_collect(collect)
