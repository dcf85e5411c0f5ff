"""What PostgreSQL tells about a schema."""

import sys

import psycopg
from compare import compare, compare_changes

_TABLES = "relnamespace = 'public'::regnamespace and relkind = 'r' and relname <> 'alembic_version'"
_QUESTIONS = [
    f"""select relname, attnum, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
    from pg_class join pg_attribute on attrelid = pg_class.oid
    left join pg_attrdef on adrelid = attrelid and adnum = attnum
    where {_TABLES} and attnum > 0 order by relname, attnum""",
    f"""select relname, conname, pg_get_constraintdef(pg_constraint.oid)
    from pg_constraint join pg_class on pg_class.oid = conrelid where {_TABLES} order by relname, conname""",
    "select indexname, indexdef from pg_indexes"
    " where schemaname = 'public' and tablename <> 'alembic_version' order by indexname",
]


def run(url: str, script: str) -> None:
    """Run a script."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(script.encode())


def describe(url: str) -> list[str]:
    """Tell everything about tables, columns, constraints and indexes, a line each."""
    with psycopg.connect(url) as connection:
        return [str(row) for question in _QUESTIONS for row in connection.execute(question.encode())]


def describe_unordered(url: str) -> list[str]:
    """Tell the same without the order of columns, and everything about triggers."""
    with psycopg.connect(url) as connection:
        questions = [
            _QUESTIONS[0]
            .replace("attnum, ", "", 1)
            .replace("attnum > 0", "attnum > 0 and not attisdropped")
            .replace("by relname, attnum", "by 1, 2"),
            _QUESTIONS[1].replace("where", "where contype <> 'n' and"),
            _QUESTIONS[2],
            "select tgname from pg_trigger where not tgisinternal order by tgname",
        ]
        return [str(row) for question in questions for row in connection.execute(question.encode())]


def values(url: str, table: str, column: str) -> list[object]:
    """Return the values of a column, in the order of the ids."""
    with psycopg.connect(url) as connection:
        return [value for (value,) in connection.execute(f'select "{column}" from "{table}" order by "id"'.encode())]


if sys.argv[1:]:
    compare_changes(run, describe_unordered, values)
else:
    compare(run, describe)
