"""Errors of the driver, as the port promises them."""

import re
from typing import Final, Literal

import psycopg

from app.database.port import ConstraintError
from app.problem import Problem, dependency_unavailable

_COLLISIONS: Final = {"40001", "40P01"}
"""SQLSTATE of transactions that were in each other's way: the whole transaction may be tried again."""
_UNAVAILABLE: Final = {"57P01", "57P02", "57P03", "53300", "25006", "08006", "08001", "08004", "08P01"}
"""SQLSTATE of a server that is stopping, starting, full or a replica, or of a pooler that cannot reach it."""
_OUT_OF_TIME: Final = {"57014", "55P03"}
"""SQLSTATE when the statement's time, or that for a lock, is over."""

_KEY: Final = re.compile(r'\(([\w", ]+)\)=\(')


def database_error(error: psycopg.Error) -> Exception:
    """Turn an error into what the port promises; anything unknown stays as it is."""
    state = error.sqlstate
    if state == "23505":
        return ConstraintError("unique", error.diag.table_name or "", _columns(error))
    if state == "23503":
        referenced = "is still referenced" in (error.diag.message_detail or "")
        kind: Literal["missing", "referenced"] = "referenced" if referenced else "missing"
        return ConstraintError(kind, error.diag.table_name or "", _columns(error))
    if state in _OUT_OF_TIME:
        return Problem("deadline-exceeded", headers={"retry-after": "1"})
    # Errors without a SQLSTATE come from the socket.
    if state in _UNAVAILABLE or (state is None and isinstance(error, psycopg.OperationalError)):
        return dependency_unavailable("database")
    return error


def _columns(error: psycopg.Error) -> list[str]:
    """The columns of a key, in whatever language the server says `Key (a, "b")=(1, 2) already exists`."""
    found = _KEY.search(error.diag.message_detail or "")
    return found[1].replace('"', "").split(", ") if found else []


def is_dependency_failure(error: BaseException) -> bool:
    """Tell whether the database is to blame, rather than what was asked of it."""
    return isinstance(error, Problem) and error.type == "dependency-unavailable"


def is_outdated(error: BaseException) -> bool:
    """Tell whether a statement was prepared before the type of a column changed that it returns, compares or sets."""
    if isinstance(error, psycopg.errors.FeatureNotSupported):
        # The SQLSTATE alone stands for everything that the server does not support, and the message is translated.
        return error.diag.source_function == "RevalidateCachedQuery"
    mismatch = (psycopg.errors.UndefinedFunction, psycopg.errors.DatatypeMismatch)
    return isinstance(error, mismatch) and error.diag.statement_position is not None


def is_retryable(error: BaseException) -> bool:
    """Tell whether the same transaction may succeed when it is tried again."""
    return (isinstance(error, psycopg.Error) and error.sqlstate in _COLLISIONS) or is_outdated(error)


def is_missing_table(error: BaseException) -> bool:
    """Tell whether a statement names a table that is not there."""
    return isinstance(error, psycopg.errors.UndefinedTable)
