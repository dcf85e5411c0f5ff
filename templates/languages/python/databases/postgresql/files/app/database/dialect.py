"""The SQL that this database speaks."""

from typing import Any, Final

from sqlalchemy import ColumnElement, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect

DIALECT: Final[Dialect] = PGDialect_psycopg(paramstyle="numeric_dollar")


def is_one_of(column: ColumnElement[Any], values: str) -> ColumnElement[bool]:
    """Whether a column has one of the values of a tuple, which is one placeholder: the text is the same for all numbers."""
    return column == any_(bindparam(values, type_=ARRAY(column.type)))
