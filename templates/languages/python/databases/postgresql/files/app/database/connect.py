"""PostgreSQL, the primary and perhaps a replica, each behind a pool and a breaker."""

import asyncio
from collections.abc import Awaitable, Callable
from random import random
from typing import Final, TypeVar

import psycopg

from app.config import Config
from app.context import RequestContext
from app.database.errors import is_dependency_failure, is_retryable
from app.database.port import Database, Row, Transaction, Values
from app.database.query import Query
from app.database.server import Server
from app.problem import Problem
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics
from app.telemetry.trace import in_span

R = TypeVar("R")
TRANSACTION_ATTEMPTS: Final = 3
_TRANSACTION: Final = {"db.system.name": "postgresql", "db.operation.name": "TRANSACTION"}


class PostgreSQL:
    """Implements `Database`."""

    def __init__(self, primary: Server, replica: Server | None) -> None:
        """Read from the replica where there is one, and write to the primary."""
        self._primary = primary
        self._replica = replica

    @property
    def has_replica(self) -> bool:
        """Whether there is one; see `Database`."""
        return self._replica is not None

    async def read(
        self, query: Query, values: Values, context: RequestContext, *, fresh: bool = False
    ) -> list[Row]:
        """Run one reading statement; see `Database`."""
        attributes = {"db.system.name": "postgresql", "db.query.summary": query.name}
        with in_span(context.span, query.name or "select", attributes):
            async with context.time_limit():
                if self._replica is None or fresh:
                    return await self._primary.read(query, values)
                try:
                    return await self._replica.read(query, values)
                except (Problem, psycopg.Error) as error:
                    if isinstance(error, Problem) and not is_dependency_failure(error):
                        raise
                # Down, behind a migration, or in conflict with what it replays: the primary can do it.
                return await self._primary.read(query, values)

    async def transaction(self, context: RequestContext, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work` in one transaction; see `Database`."""
        with in_span(context.span, "transaction", _TRANSACTION), context.transaction():
            async with context.time_limit():
                for tried in range(1, TRANSACTION_ATTEMPTS):
                    try:
                        return await self._primary.transaction(work)
                    except psycopg.Error as error:
                        if not is_retryable(error):
                            raise
                    # Statements that collided must not collide again.
                    await asyncio.sleep(random() * 0.02 * 2**tried)  # noqa: S311
                return await self._primary.transaction(work)

    async def ping(self, timeout_s: float) -> None:
        """Ask the primary; see `Database`."""
        await self._primary.ping(timeout_s)

    async def close(self) -> None:
        """Close both pools."""
        for server in (self._primary, self._replica):
            if server:
                await server.close()


async def create_database(*, config: Config, log: Log, metrics: Metrics) -> Database:
    """Return the database of the settings. The server need not be up yet."""
    primary = Server("primary", config.DATABASE_URL, config, metrics)
    await primary.open()
    if not config.DATABASE_REPLICA_URL:
        return PostgreSQL(primary, None)
    replica = Server("replica", config.DATABASE_REPLICA_URL, config, metrics)
    await replica.open()
    return PostgreSQL(primary, replica)
