"""Scripts of several statements."""

import sqlite3

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from scripts.dev.script_error import ScriptError


def run_script(connection: Connection, script: str) -> None:
    """Run a script inside of the transaction; `executescript` would commit it.

    Raises ScriptError when a statement fails.
    """
    first, statement = 1, ""
    for number, line in enumerate(script.splitlines(keepends=True), 1):
        if not statement.strip():
            first, statement = number, ""
        statement += line
        if sqlite3.complete_statement(statement):
            _execute(connection, statement, first)
            statement = ""
    if statement.strip():
        _execute(connection, statement, first)


def _execute(connection: Connection, statement: str, line: int) -> None:
    try:
        connection.exec_driver_sql(statement)
    except DBAPIError as error:
        raise ScriptError(str(error.orig), line) from error
