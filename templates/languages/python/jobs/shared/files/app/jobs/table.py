"""The table of jobs."""

from dataclasses import dataclass
from typing import Any, Final, Literal, Self, get_args

import orjson
from sqlalchemy import BigInteger, CheckConstraint, Column, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from app.database import types
from app.database.port import Row
from app.database.tables import metadata

Status = Literal["queued", "running", "succeeded", "failed", "cancelled"]
OVER: Final = ("succeeded", "failed", "cancelled")

_STATUSES: Final = ", ".join(f"'{status}'" for status in get_args(Status))
JOBS: Final = Table(
    "jobs",
    metadata,
    Column("id", types.IDENTIFIER, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("payload", JSONB, nullable=False),
    Column(
        "status",
        Text,
        CheckConstraint(f"status in ({_STATUSES})"),
        server_default="queued",
        nullable=False,
    ),
    Column("attempts", Integer, server_default="0", nullable=False),
    Column("done", BigInteger, server_default="0", nullable=False),
    Column("result", JSONB),
    Column("error", Text),
    Column("trace_parent", Text),
    # When it is sent to the queue, the next time; null once it is over. While it runs: when its worker counts as lost.
    Column("publish_at", types.INSTANT),
    Column("created_at", types.INSTANT, server_default=text("now()"), nullable=False),
    Column("updated_at", types.INSTANT, server_default=text("now()"), nullable=False),
    Column("expires_at", types.INSTANT, nullable=False),
    Index("jobs__publish_at", "publish_at", postgresql_where=text("publish_at is not null")),
    Index("jobs__expires_at", "expires_at"),
    Index("jobs__failed", "updated_at", postgresql_where=text("status = 'failed'")),
)


@dataclass(frozen=True, slots=True)
class Job:
    """A row. Times are ISO 8601 text."""

    id: str
    kind: str
    owner: str
    """The principal who asked for it."""
    payload: dict[str, Any]
    status: Status
    attempts: int
    """Counts the attempts that began, and says which one is running."""
    done: int
    """Progress, in units of the kind."""
    result: dict[str, Any] | None
    error: str | None
    """Why the last attempt failed, in words for the caller."""
    trace_parent: str | None
    created_at: str
    updated_at: str
    expires_at: str

    @classmethod
    def of(cls, row: Row) -> Self:
        """The job of a row whose JSON is text."""
        result = row["result"]
        return cls(
            **{
                **row,
                "payload": orjson.loads(row["payload"]),
                "result": None if result is None else orjson.loads(result),
            }
        )
