"""A connection whose statements end with the request."""

import asyncio
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Final, TypeVar

import psycopg
from psycopg import AsyncRawCursor
from psycopg.abc import PQGen
from psycopg.generators import cancel
from psycopg.pq import TransactionStatus
from psycopg.pq.abc import PGconn
from psycopg.rows import dict_row
from psycopg.waiting import wait_async, wait_conn

from app.database.port import Row, Values
from app.database.query import Query
from app.database.values import adapt

R = TypeVar("R")
SETTLE_S: Final = 0.15
"""How long a statement may take to end when it is cancelled, before its connection is given up."""
_MOST_PREPARED: Final = 256
_WAKE_UP_S: Final = 0.1
_CANCEL_S: Final = 2.0


class Connection(psycopg.AsyncConnection[Row]):
    """Runs one statement at a time: only the borrower of the connection uses it."""

    def __init__(self, pgconn: PGconn) -> None:
        """Take over what libpq has connected."""
        super().__init__(pgconn, dict_row)
        self.opened_at = monotonic()
        self.used_at = self.opened_at
        self.generation = ""
        """A comment at the end of every statement: another one has it prepared anew."""
        self.prepared_max = _MOST_PREPARED
        adapt(self.adapters)
        # One for all statements: making it costs as much as running it.
        self._cursor = AsyncRawCursor(self, row_factory=dict_row)

    @property
    def settled(self) -> bool:
        """Whether nothing runs, and no transaction is open."""
        return self.pgconn.transaction_status == TransactionStatus.IDLE

    async def run(self, query: Query, values: Values) -> list[Row]:
        """Run a statement and return its rows. Raises psycopg.Error."""
        cursor = self._cursor
        text = (query.text + self.generation).encode()
        await cursor.execute(text, query.arguments(values), prepare=None if query.name else False)
        if cursor.pgresult is None or cursor.pgresult.ntuples == 0:
            return []
        return await cursor.fetchall()

    async def settle(self) -> None:
        """Roll back what is not committed; when that takes too long, end the connection."""
        if self.settled or self.closed:
            return
        try:
            async with asyncio.timeout(SETTLE_S):
                await self.execute(b"rollback")
        except (TimeoutError, psycopg.Error):
            self.pgconn.finish()

    async def wait(self, gen: PQGen[R], interval: float = _WAKE_UP_S, timeout: float | None = None) -> R:
        """Wait for the server as psycopg does, but end a statement within SETTLE_S when the task is cancelled."""
        try:
            return await wait_async(gen, self.pgconn.socket, interval=interval, timeout=timeout)
        except asyncio.CancelledError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                await self._end_statement(gen)
            raise

    def _request_cancel(self) -> None:
        # Of several at once, the asynchronous one was seen to hang. Nobody waits for this thread: the server may hang,
        # too. The blocking call of libpq keeps the interpreter's lock all the time, and would stop the whole process.
        request = self.pgconn.cancel_conn()

        def send() -> None:
            with suppress(psycopg.Error):
                request.start()
                wait_conn(cancel(request), interval=_WAKE_UP_S, timeout=_CANCEL_S)

        Thread(target=send, daemon=True).start()

    async def _end_statement(self, gen: PQGen[R]) -> None:
        try:
            async with asyncio.timeout(SETTLE_S):
                self._request_cancel()
                await wait_async(gen, self.pgconn.socket, interval=_WAKE_UP_S)
        except psycopg.errors.QueryCanceled:
            pass
        except BaseException as error:
            self.pgconn.finish()
            if not isinstance(error, (TimeoutError, psycopg.Error)):
                raise
