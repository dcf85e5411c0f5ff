"""Scripts of several statements."""

import psycopg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from scripts.dev.script_error import ScriptError


def run_script(connection: Connection, script: str) -> None:
    """Run a script inside of the transaction. Raises ScriptError when a statement fails."""
    try:
        connection.execution_options(no_parameters=True).exec_driver_sql(script)
    except DBAPIError as error:
        if not isinstance(error.orig, psycopg.Error):
            raise
        position = error.orig.diag.statement_position
        line = script[: int(position)].count("\n") + 1 if position else None
        raise ScriptError(error.orig.diag.message_primary or str(error.orig), line) from error
