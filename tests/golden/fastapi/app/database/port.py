"""What the API asks of a database."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, TypeVar

from app.context import RequestContext
from app.database.query import Query

Row = dict[str, Any]
"""A row by the names of its columns. Times are ISO 8601 text; decimals, dates and UUIDs are text."""

Values = Mapping[str, object]
"""What stands for the placeholders of a query, by their names."""

R = TypeVar("R")


class Transaction(Protocol):
    """What can be done between begin and commit."""

    async def query(self, query: Query, values: Values) -> list[Row]:
        """Run a statement and return its rows."""

    async def try_lock(self, name: str) -> bool:
        """Take the lock of that name until the transaction ends; False at once if somebody else holds it."""


class Database(Protocol):
    """The primary database, and its replica where there is one."""

    @property
    def has_replica(self) -> bool:
        """Whether reads may come from a copy that lags behind the primary."""

    async def read(
        self, query: Query, values: Values, context: RequestContext, *, fresh: bool = False
    ) -> list[Row]:
        """Run one reading statement, on the replica where there is one.

        With `fresh` it is read from the primary: the answer must show what was just written.
        Raises Problem `dependency-unavailable` (down, or no connection in DB_ACQUIRE_TIMEOUT_MS) or
        `deadline-exceeded`.
        """

    async def transaction(self, context: RequestContext, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work` in one transaction on the primary: committed when it returns, rolled back when it raises.

        Raises what `work` raises, ConstraintError, and as `read`. `work` may run more than once.
        """

    async def ping(self, timeout_s: float) -> None:
        """Return when the primary answers within `timeout_s`; raise otherwise."""

    async def close(self) -> None:
        """Close all connections, whatever they are doing, within a second."""


class ConstraintError(Exception):
    """A write that breaks a unique or foreign key."""

    def __init__(
        self, kind: Literal["unique", "missing", "referenced"], table: str, columns: Sequence[str]
    ) -> None:
        """Say which.

        `unique`: the value is taken; `missing`: what is referred to does not exist; `referenced`: others refer to
        it. `table` has the key, which for `referenced` is that of the others; `columns` are those of the key, where
        the database tells.
        """
        super().__init__(f"{kind} constraint violated: {table} ({', '.join(columns)})")
        self.kind: Final = kind
        self.table = table
        self.columns = columns
