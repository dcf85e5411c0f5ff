"""One connection to the file, whose statements run in a thread of its own."""

import json
import sqlite3
from typing import Final

import aiosqlite

from app.database.errors import database_error
from app.database.file import SETTINGS, path_of
from app.database.port import Row, Values
from app.database.query import Query

_BUSY_TIMEOUT_S: Final = 0.1

# By the type that a column was declared with: booleans are 0 or 1 in the file.
sqlite3.register_converter("boolean", lambda value: value == b"1")
# A list is one value of a statement, which takes it apart.
sqlite3.register_adapter(list, json.dumps)


class Connection:
    """Runs statements one after another, each to its end; its errors are those of the port."""

    def __init__(self, connection: aiosqlite.Connection) -> None:
        """Work on an open connection without transactions of its own."""
        self._connection = connection

    async def run(self, query: Query, values: Values) -> list[Row]:
        """Run a statement and return its rows."""
        try:
            rows = await self._connection.execute_fetchall(query.text, query.arguments(values))
        except sqlite3.Error as error:
            known = database_error(error)
            if known is error:
                raise
            raise known from error
        return [dict(row) for row in rows]

    async def command(self, text: str) -> None:
        """Run a statement that has no values and no rows."""
        await self.run(Query("", text, (), {}), {})

    async def close(self) -> None:
        """Close the file."""
        await self._connection.close()


async def open_connection(database_url: str) -> Connection:
    """Open the file of a `file:` URL, with the settings that every connection needs."""
    connection = await aiosqlite.connect(
        path_of(database_url),
        timeout=_BUSY_TIMEOUT_S,
        isolation_level=None,
        detect_types=sqlite3.PARSE_DECLTYPES,
        cached_statements=256,
    )
    connection.row_factory = sqlite3.Row
    await connection.executescript(SETTINGS)
    return Connection(connection)
