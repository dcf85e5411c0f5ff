"""One connection. Statements go straight to libpq: psycopg's cursors cost several times what the statement does."""

import asyncio
from collections.abc import Callable
from time import monotonic
from typing import Final

import psycopg
from psycopg.adapt import Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult

from app.database.port import Row, Values
from app.database.query import Query
from app.database.values import RowMaker, as_parameter, register_loaders, row_maker

_GOOD: Final = {ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK, ExecStatus.EMPTY_QUERY}
_STALE_PLAN: Final = {"0A000", "26000"}
"""SQLSTATE when a prepared statement no longer fits the schema, or is gone."""


class Link:
    """Runs one statement at a time: whoever has it out of the pool is the only one who asks."""

    def __init__(self, connection: psycopg.AsyncConnection, on_lost: Callable[["Link"], None]) -> None:
        """Take over an open connection; `on_lost` is told when the server ends it while nothing runs."""
        self.opened_at = self.idle_since = monotonic()
        self._on_lost = on_lost
        self._connection = connection
        self._pgconn = connection.pgconn
        self._socket = connection.pgconn.socket
        self._loop = asyncio.get_running_loop()
        self._prepared: dict[str, tuple[bytes, RowMaker | None]] = {}
        self._names = 0
        self._results: list[PGresult] = []
        self._answer: asyncio.Future[list[PGresult]] | None = None
        self._writing = False
        self._attached = True
        register_loaders(connection.adapters)
        self._reader = Transformer(connection)
        self._loop.add_reader(self._socket, self._readable)

    @property
    def closed(self) -> bool:
        """Whether nothing can be asked any more."""
        return self._pgconn.status == ConnStatus.BAD

    @property
    def idle(self) -> bool:
        """Whether the next statement can be sent, outside of any transaction."""
        return self._pgconn.transaction_status == TransactionStatus.IDLE

    async def run(self, query: Query, values: Values) -> list[Row]:
        """Run a statement and return its rows.

        When the task is cancelled it goes on running on the server until `settle`. Raises psycopg.Error.
        """
        parameters = [as_parameter(value) for value in query.arguments(values)]
        if not query.name:
            self._pgconn.send_query_params(query.text.encode(), parameters)
            return self._rows(await self._result(), None)
        name, maker = self._prepared.get(query.text) or await self._prepare(query)
        self._pgconn.send_query_prepared(name, parameters)
        result = await self._result()
        if maker is None:
            maker = row_maker(result)
            self._prepared[query.text] = (name, maker)
        return self._rows(result, maker)

    async def settle(self, timeout_s: float) -> bool:
        """Cancel what runs and roll back what is not committed; False when that is not done within `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                if self._pgconn.transaction_status == TransactionStatus.ACTIVE:
                    ended = self._next_answer()
                    await self._connection.cancel_safe(timeout=timeout_s)
                    await ended
                if not self.idle:
                    self._pgconn.send_query(b"rollback")
                    await self._result()
        except (TimeoutError, psycopg.Error):
            return False
        return self.idle

    def close(self) -> None:
        """End the connection, whatever it is doing."""
        self._detach()
        self._pgconn.finish()
        self._fail(psycopg.OperationalError("the connection is closed"))

    async def _prepare(self, query: Query) -> tuple[bytes, RowMaker | None]:
        # Never a name twice: a cancelled attempt may have left its own.
        self._names += 1
        name = f"s{self._names}".encode()
        self._pgconn.send_prepare(name, query.text.encode())
        await self._result()
        prepared: tuple[bytes, RowMaker | None] = (name, None)
        self._prepared[query.text] = prepared
        return prepared

    async def _result(self) -> PGresult:
        answer = self._next_answer()
        self._flush()
        results = await answer
        for result in results:
            if result.status not in _GOOD:
                error = error_from_result(result)
                if error.sqlstate in _STALE_PLAN:
                    self.close()
                raise error
        return results[-1]

    def _rows(self, result: PGresult, maker: RowMaker | None) -> list[Row]:
        if result.ntuples == 0:
            return []
        self._reader.set_pgresult(result)
        return self._reader.load_rows(0, result.ntuples, maker or row_maker(result))

    def _next_answer(self) -> asyncio.Future[list[PGresult]]:
        self._answer = self._loop.create_future()
        return self._answer

    def _flush(self) -> None:
        pending = self._pgconn.flush() != 0
        if pending != self._writing:
            self._writing = pending
            if pending:
                self._loop.add_writer(self._socket, self._flush)
            else:
                self._loop.remove_writer(self._socket)

    def _readable(self) -> None:
        try:
            self._pgconn.consume_input()
            while not self._pgconn.is_busy():
                result = self._pgconn.get_result()
                if result is None:
                    self._complete()
                    return
                self._results.append(result)
        except psycopg.Error as error:
            self._detach()
            self._fail(error)
            self._on_lost(self)

    def _complete(self) -> None:
        results, self._results = self._results, []
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_result(results)

    def _detach(self) -> None:
        # Once: its number may soon be that of another connection's socket.
        if self._attached:
            self._attached = False
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)

    def _fail(self, error: psycopg.Error) -> None:
        answer, self._answer = self._answer, None
        if answer and not answer.done():
            answer.set_exception(error)
