"""The SQL that this database speaks."""

from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, func, select
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

DIALECT: Final[Dialect] = SQLiteDialect_pysqlite(paramstyle="qmark")


def is_one_of(column: ColumnElement[Any], values: str) -> ColumnElement[bool]:
    """Whether a column has one of the values of a tuple, which is one placeholder: the text is the same for all numbers."""
    return column.in_(select(func.json_each(bindparam(values)).table_valued("value").c.value))
