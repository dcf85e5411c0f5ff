"""A transaction on the only connection that writes."""

import sqlite3
from contextlib import suppress

from app.database.connection import Connection
from app.database.port import ConstraintError, Row, Values
from app.database.query import Query
from app.database.references import broken_reference


class Session:
    """Implements `Transaction`; the holder of the turn begins, commits and ends it."""

    def __init__(self, connection: Connection, locks: set[str]) -> None:
        """Work on a connection that nobody else uses; `locks` are those of all transactions."""
        self._connection = connection
        self._locks = locks
        self._held: set[str] = set()
        self._open = False

    async def begin(self) -> None:
        """Lock the file for other writers."""
        self._open = True
        await self._connection.command("begin immediate")

    async def query(self, query: Query, values: Values) -> list[Row]:
        """Run a statement; see `Transaction`."""
        try:
            return await self._connection.run(query, values)
        except ConstraintError as error:
            if error.kind == "unique":
                raise
            raise await broken_reference(self._connection, query, values) from error.__cause__

    async def try_lock(self, name: str) -> bool:
        """Take a lock until the transaction ends; see `Transaction`."""
        if name in self._locks:
            return False
        self._locks.add(name)
        self._held.add(name)
        return True

    async def commit(self) -> None:
        """Keep what was written."""
        await self._connection.command("commit")
        self._open = False

    async def end(self) -> None:
        """Give the locks back, and undo what was not committed."""
        self._locks -= self._held
        if self._open:
            # It may never have begun, or have been committed without anybody waiting for it.
            with suppress(sqlite3.Error):
                await self._connection.command("rollback")
