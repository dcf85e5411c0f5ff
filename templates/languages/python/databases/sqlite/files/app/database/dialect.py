"""The SQL that this database speaks."""

from typing import Final

from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.engine import Dialect

DIALECT: Final[Dialect] = SQLiteDialect_pysqlite(paramstyle="qmark")
