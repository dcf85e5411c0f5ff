"""Changes of the schema: by one process at a time, and without keeping readers waiting."""

import time
from collections.abc import Callable
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.exc import OperationalError

from app.database.session_settings import missing_settings, request_settings

DIALECT: Final = "postgresql"
OPTIONS: Final[dict[str, Any]] = {"transaction_per_migration": True}
"""How Alembic runs migrations: what has been applied stays when a later one fails."""
_LOCK_ID: Final = 72_707_369
"""Any number will do that no other program on the same database uses."""
_LOOK_AGAIN_S: Final = 0.2
_CONNECT_TIMEOUT_S: Final = 10
_LOCK_TIMEOUT_MS: Final = 500
"""How long a statement may wait for a table: readers queue behind that statement."""
_TRIES: Final = 120
_PAUSE_S: Final = 1.0


def schema_engine(database_url: str) -> Engine:
    """Return an engine whose sessions are set up as those of the API are."""
    request_settings()
    engine = create_engine(
        "postgresql+psycopg://",
        creator=lambda: psycopg.connect(database_url, connect_timeout=_CONNECT_TIMEOUT_S),
        poolclass=NullPool,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: psycopg.Connection, _record: object) -> None:
        for statement in missing_settings(connection):
            connection.execute(statement)
        connection.commit()

    @event.listens_for(engine, "begin")
    def limit_waiting(connection: Connection) -> None:
        # For the transaction alone: "create index concurrently" runs outside of one, and may wait for as long as it takes.
        connection.exec_driver_sql(f"set local lock_timeout = {_LOCK_TIMEOUT_MS}")

    return engine


def alone(database_url: str, work: Callable[[Connection], None]) -> None:
    """Do what no other process may do meanwhile; do it again, for some minutes, while others are using the tables."""
    with schema_engine(database_url).connect() as connection:
        # Who waits in a statement has a snapshot, which "create index concurrently" of the other process waits for.
        while not connection.exec_driver_sql(f"select pg_try_advisory_lock({_LOCK_ID})").scalar():
            connection.rollback()
            time.sleep(_LOOK_AGAIN_S)
        connection.commit()
        for tries_left in reversed(range(_TRIES)):
            try:
                work(connection)
            except OperationalError as error:
                if tries_left == 0 or not isinstance(error.orig, psycopg.errors.LockNotAvailable):
                    raise
                connection.rollback()
                time.sleep(_PAUSE_S)
            else:
                break
