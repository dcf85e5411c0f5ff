"""What PostgreSQL tells about a schema."""

import psycopg
from compare import compare

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
    with psycopg.connect(url) as connection:
        connection.execute(script.encode())


def describe(url: str) -> list[str]:
    """Tell everything about tables, columns, constraints and indexes, a line each."""
    with psycopg.connect(url) as connection:
        return [str(row) for question in _QUESTIONS for row in connection.execute(question.encode())]


compare(run, describe)
