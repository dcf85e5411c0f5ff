"""Errors of SQLite, as the port promises them."""

import sqlite3
from typing import Final

from app.database.port import ConstraintError
from app.problem import dependency_unavailable

_UNAVAILABLE: Final = ("BUSY", "LOCKED", "IOERR", "FULL", "CANTOPEN", "READONLY")


def database_error(error: sqlite3.Error) -> Exception:
    """Turn an error into what the port promises; anything unknown stays as it is."""
    code = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_")
    if code in {"CONSTRAINT_UNIQUE", "CONSTRAINT_PRIMARYKEY"}:
        names = [name.split(".") for name in str(error).rpartition(": ")[2].split(", ")]
        return ConstraintError("unique", names[0][0], [name[-1] for name in names])
    if code == "CONSTRAINT_FOREIGNKEY":
        return ConstraintError("missing", "", [])
    if code.startswith(_UNAVAILABLE):
        return dependency_unavailable("database")
    return error


def is_missing_table(error: BaseException) -> bool:
    """Tell whether a statement names a table that is not there."""
    return isinstance(error, sqlite3.OperationalError) and str(error).startswith("no such table")
