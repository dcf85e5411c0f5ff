"""What can be done between begin and commit."""

from typing import Final

from sqlalchemy import text

from app.database.connection import Connection
from app.database.query import compiled

_TRY_LOCK: Final = compiled(
    "try_lock", text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0)) as locked")
)


class Session:
    """Implements `Transaction` on a connection that has begun one; errors become the port's where it has ended."""

    __slots__ = ("_connection", "query")

    def __init__(self, connection: Connection) -> None:
        """Work on a connection that nobody else uses."""
        self._connection = connection
        self.query = connection.run

    async def try_lock(self, name: str) -> bool:
        """Take a lock until the transaction ends; see `Transaction`."""
        rows = await self.query(_TRY_LOCK, {"name": name})
        return rows[0]["locked"] is True
