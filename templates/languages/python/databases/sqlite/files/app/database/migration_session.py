"""A connection that only changes the schema: the file's own write lock lets one process at a time do so."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from app.database.file import SETTINGS, path_of
from app.database.script_error import ScriptError

_BUSY_TIMEOUT_S: Final = 10.0


class MigrationSession:
    """Runs scripts and keeps the record of those that were applied."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Work on a connection without transactions of its own."""
        self._connection = connection

    def run(self, script: str) -> None:
        """Run a script of several statements inside of the transaction; `executescript` would commit it.

        Raises ScriptError when one fails.
        """
        first, statement = 1, ""
        for number, line in enumerate(script.splitlines(keepends=True), 1):
            if not statement.strip():
                first, statement = number, ""
            statement += line
            if sqlite3.complete_statement(statement):
                self._execute(statement, first)
                statement = ""
        if statement.strip():
            self._execute(statement, first)

    def _execute(self, statement: str, line: int) -> None:
        try:
            self._connection.execute(statement)
        except sqlite3.Error as error:
            raise ScriptError(str(error), line) from error

    def applied(self, name: str) -> str | None:
        """Return the checksum recorded for a migration, if it has been applied."""
        cursor = self._connection.execute('select "checksum" from "migrations" where "name" = ?', [name])
        row = cursor.fetchone()
        return None if row is None else str(row[0])

    def record(self, name: str, checksum: str) -> None:
        """Remember that a migration has been applied."""
        self._connection.execute(
            'insert into "migrations" ("name", "checksum") values (?, ?)', [name, checksum]
        )

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Return a context: committed at its end, rolled back when something is raised in it."""
        self._connection.execute("begin immediate")
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")


@contextmanager
def migration_session(database_url: str) -> Iterator[MigrationSession]:
    """Open the file, which is made when it is not there."""
    connection = sqlite3.connect(path_of(database_url), timeout=_BUSY_TIMEOUT_S, isolation_level=None)
    with closing(connection):
        connection.executescript(SETTINGS)
        connection.execute(
            """create table if not exists "migrations" (
            "name" text primary key, "checksum" text not null, "applied_at" text not null default current_timestamp)"""
        )
        yield MigrationSession(connection)
