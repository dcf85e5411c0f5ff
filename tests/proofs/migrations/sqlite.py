"""What SQLite tells about a schema."""

import re
import sqlite3
import sys
from contextlib import closing

from app.database.file import path_of
from compare import compare, compare_changes


def run(url: str, script: str) -> None:
    """Run a script."""
    with closing(sqlite3.connect(path_of(url))) as connection:
        # As migrations are run: a table that is copied and dropped leaves the rows that refer to it.
        connection.executescript(script)
        if lost := connection.execute("pragma foreign_key_check").fetchall():
            raise SystemExit(str(lost))


def describe(url: str) -> list[str]:
    """Tell everything about tables, columns, constraints and indexes, a line each."""
    with closing(sqlite3.connect(path_of(url))) as connection:
        tables = connection.execute(
            "select name, sql from sqlite_master where type = 'table' and name <> 'alembic_version' order by name"
        ).fetchall()
        return [line for name, sql in tables for line in _table(connection, name, sql)]


def _table(connection: sqlite3.Connection, table: str, sql: str) -> list[str]:
    def pragma(name: str, of: str) -> list[tuple]:
        return connection.execute(f'pragma {name}("{of}")').fetchall()

    lines = []
    for number, name, declared, not_null, default, key in pragma("table_info", table):
        # SQLite keeps these as it is given them, and lets a key be null unless it is told otherwise.
        kind = re.sub(r"^(uuid|timestamptz\(3\))$", "text", declared.lower())
        lines.append(f"{table} {number} {name} {kind} {bool(not_null or key)} {_plain(default or '')} {key}")
    lines += sorted(f"{table} check {_plain(check)}" for check in re.findall(r"check\s*\((.*? in .*?\))\)", sql, re.I))
    lines += sorted(f"{table} refers {row[2:]}" for row in pragma("foreign_key_list", table))
    for _, name, unique, origin, _ in pragma("index_list", table):
        columns = [column for _, _, column in pragma("index_info", name)]
        lines.append(f"{table} index {name if origin == 'c' else origin} {unique} {columns}")
    return lines


def _plain(text: str) -> str:
    return re.sub(r"[\s\"]", "", text).strip("'")


def describe_unordered(url: str) -> list[str]:
    """Tell the same without the order of columns and indexes."""
    return sorted(re.sub(r"^(\w+) \d+ ", r"\1 ", line) for line in describe(url))


def values(url: str, table: str, column: str) -> list[object]:
    """Return the values of a column, in the order of the ids."""
    with closing(sqlite3.connect(path_of(url))) as connection:
        return [value for (value,) in connection.execute(f'select "{column}" from "{table}" order by "id"')]


if sys.argv[1:]:
    compare_changes(run, describe_unordered, values)
else:
    compare(run, describe)
