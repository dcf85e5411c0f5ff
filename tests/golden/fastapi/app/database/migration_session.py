"""A connection that only changes the schema, one at a time over all processes."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Final

import psycopg

from app.database.script_error import ScriptError
from app.database.session_settings import missing_settings, request_settings

_LOCK_ID: Final = 72_707_369
"""Any number will do that no other program on the same database uses."""
_CONNECT_TIMEOUT_S: Final = 10


class MigrationSession:
    """Runs scripts and keeps the record of those that were applied."""

    def __init__(self, connection: psycopg.Connection) -> None:
        """Work on a connection that holds the lock."""
        self._connection = connection

    def run(self, script: str) -> None:
        """Run a script of several statements. Raises ScriptError when one fails."""
        try:
            self._connection.execute(script.encode())
        except psycopg.Error as error:
            position = error.diag.statement_position
            line = script[: int(position)].count("\n") + 1 if position else None
            raise ScriptError(error.diag.message_primary or str(error), line) from error

    def applied(self, name: str) -> str | None:
        """Return the checksum recorded for a migration, if it has been applied."""
        cursor = self._connection.execute('select "checksum" from "migrations" where "name" = %s', [name])
        row = cursor.fetchone()
        return None if row is None else str(row[0])

    def record(self, name: str, checksum: str) -> None:
        """Remember that a migration has been applied."""
        self._connection.execute(
            'insert into "migrations" ("name", "checksum") values (%s, %s)', [name, checksum]
        )

    def transaction(self) -> AbstractContextManager[object]:
        """Return a context: committed at its end, rolled back when something is raised in it."""
        return self._connection.transaction()


@contextmanager
def migration_session(database_url: str) -> Iterator[MigrationSession]:
    """Wait until this process alone may change the schema; the end of the session gives the lock back."""
    request_settings()
    with psycopg.connect(database_url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S) as connection:
        for statement in missing_settings(connection):
            connection.execute(statement)
        connection.execute("select pg_advisory_lock(%s)", [_LOCK_ID])
        connection.execute(
            """create table if not exists "migrations" (
            "name" text primary key, "checksum" text not null, "applied_at" timestamptz not null default now())"""
        )
        yield MigrationSession(connection)
