"""What can be done between begin and commit."""

from typing import Final

import psycopg
from sqlalchemy import text

from app.database.connection import Connection
from app.database.errors import database_error
from app.database.port import Row, Values
from app.database.query import Query, compiled

_TRY_LOCK: Final = compiled(
    "try_lock", text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0)) as locked")
)


class Session:
    """Implements `Transaction` on a connection that has begun one."""

    __slots__ = ("_connection",)

    def __init__(self, connection: Connection) -> None:
        """Work on a connection that nobody else uses."""
        self._connection = connection

    async def query(self, query: Query, values: Values) -> list[Row]:
        """Run a statement; see `Transaction`."""
        try:
            return await self._connection.run(query, values)
        except psycopg.Error as error:
            known = database_error(error)
            if known is error:
                raise
            raise known from error

    async def try_lock(self, name: str) -> bool:
        """Take a lock until the transaction ends; see `Transaction`."""
        rows = await self.query(_TRY_LOCK, {"name": name})
        return rows[0]["locked"] is True
