"""The SQL that this database speaks."""

from typing import Final

from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.engine import Dialect

DIALECT: Final[Dialect] = PGDialect_psycopg(paramstyle="numeric_dollar")
