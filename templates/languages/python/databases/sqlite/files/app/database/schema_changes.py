"""Changes of the schema. The file's own write lock lets one process at a time make them."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Engine, NullPool, create_engine, event

from app.database.file import SETTINGS, path_of

DIALECT: Final = "sqlite"
OPTIONS: Final[dict[str, Any]] = {"render_as_batch": True, "transactional_ddl": True}
"""How Alembic runs migrations: a column is changed by copying its table; all of a run are one transaction."""
_BUSY_TIMEOUT_S: Final = 10.0


def schema_engine(database_url: str) -> Engine:
    """Return an engine whose transactions can write; the file is made when it is not there."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite3.connect(path_of(database_url), timeout=_BUSY_TIMEOUT_S, isolation_level=None),
        poolclass=NullPool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.executescript(SETTINGS)

    @event.listens_for(engine, "begin")
    def lock(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


def alone(database_url: str, work: Callable[[Connection], None]) -> None:
    """Do what no other process may do meanwhile. Raises ValueError when rows refer to what is not there any more."""
    with schema_engine(database_url).connect() as connection:
        # Otherwise a table that is copied and dropped would take the rows that refer to it along.
        connection.connection.cursor().execute("pragma foreign_keys = off")
        with connection.begin():
            work(connection)
            if lost := connection.exec_driver_sql("pragma foreign_key_check").first():
                raise ValueError(f"a row of {lost[0]} refers to one that {lost[2]} does not have")
