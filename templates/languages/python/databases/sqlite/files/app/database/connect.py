"""SQLite in one file. A statement runs to its end: there is nothing that could be cancelled."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from app.config import Config
from app.context import RequestContext
from app.database.connection import Connection, open_connection
from app.database.port import Database, Row, Transaction, Values
from app.database.query import Query
from app.database.session import Session
from app.problem import Problem, dependency_unavailable
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics
from app.telemetry.trace import in_span

R = TypeVar("R")
_TRANSACTION: Final = {"db.system.name": "sqlite", "db.operation.name": "TRANSACTION"}
_ONE: Final = Query("", "select 1", (), {})


class SQLite:
    """Implements `Database`."""

    has_replica = False

    def __init__(self, reader: Connection, writer: Connection, turn_s: float) -> None:
        """Write one at a time, each after waiting `turn_s` at most.

        The reader sees committed rows only, also while the writer is in a transaction.
        """
        self._reader = reader
        self._writer = writer
        self._turn_s = turn_s
        self._turn = asyncio.Lock()
        self._locks: set[str] = set()

    async def read(
        self, query: Query, values: Values, context: RequestContext, *, fresh: bool = False
    ) -> list[Row]:
        """Run one reading statement; see `Database`. There is no replica: every read is fresh."""
        attributes = {"db.system.name": "sqlite", "db.query.summary": query.name}
        with in_span(context.span, query.name or "select", attributes):
            async with context.time_limit():
                return await self._reader.run(query, values)

    async def transaction(self, context: RequestContext, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work` in one transaction; see `Database`."""
        with in_span(context.span, "transaction", _TRANSACTION), context.transaction():
            async with context.time_limit():
                await self._take_turn()
                session = Session(self._writer, self._locks)
                try:
                    await session.begin()
                    result = await work(session)
                    await session.commit()
                finally:
                    # Also when the request is cancelled meanwhile: the next one needs the writer in order.
                    await asyncio.shield(asyncio.ensure_future(self._end_turn(session)))
                return result

    async def ping(self, timeout_s: float) -> None:
        """Read nothing; see `Database`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._reader.run(_ONE, {})
        except (TimeoutError, Problem) as error:
            raise dependency_unavailable("database") from error

    async def close(self) -> None:
        """Close the file."""
        await self._reader.close()
        await self._writer.close()

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(self._turn_s):
                await self._turn.acquire()
        except TimeoutError as late:
            raise dependency_unavailable("database") from late

    async def _end_turn(self, session: Session) -> None:
        try:
            await session.end()
        finally:
            self._turn.release()


async def create_database(*, config: Config, log: Log, metrics: Metrics) -> Database:
    """Open the file of the settings; it is made when it is not there."""
    reader = await open_connection(config.DATABASE_URL)
    writer = await open_connection(config.DATABASE_URL)
    return SQLite(reader, writer, config.DB_ACQUIRE_TIMEOUT_MS / 1000)
