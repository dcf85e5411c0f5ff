"""References that statements break."""

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from app.database.connection import Connection
from app.database.port import ConstraintError, Row, Values
from app.database.query import Query
from app.names import camel

_STATEMENT: Final = re.compile(r'\s*(insert into|update|delete from) "?(\w+)', re.IGNORECASE)
_REFERENCES: Final = Query(
    "references",
    'select tables.name as child, keys."from" as "column", keys."table" as parent, keys."to" as target '
    "from sqlite_schema as tables, pragma_foreign_key_list(tables.name) as keys "
    "where tables.type = 'table' and ? in (tables.name, keys.\"table\")",
    ("table",),
    {},
)


async def broken_reference(connection: Connection, query: Query, values: Values) -> ConstraintError:
    """Find the reference that a statement breaks.

    SQLite does not tell: the statement is run again with the check put off, and the rows that it returns are looked
    up.
    """
    matched = _STATEMENT.match(query.text)
    action, table = (matched[1].lower(), matched[2]) if matched else ("", "")
    kind: Literal["missing", "referenced"] = "referenced" if action == "delete from" else "missing"
    references = await connection.run(_REFERENCES, {"table": table})
    await connection.command("savepoint reference")
    await connection.command("pragma defer_foreign_keys = on")
    try:
        rows = await connection.run(query, values)
        for reference in references:
            if await _breaks(connection, kind, table, reference, rows):
                return ConstraintError(kind, reference["child"], [reference["column"]])
        return ConstraintError(kind, "", [])
    finally:
        await connection.command("rollback to reference")
        await connection.command("release reference")
        await connection.command("pragma defer_foreign_keys = off")


async def _breaks(
    connection: Connection, kind: str, table: str, reference: dict[str, Any], rows: Sequence[Row]
) -> bool:
    child, column, parent, target = (reference[key] for key in ("child", "column", "parent", "target"))
    for row in rows:
        if kind == "referenced":
            if parent == table and await _has_row(connection, child, column, row.get(camel(target))):
                return True
        elif child == table:
            value = row.get(camel(column))
            if value is not None and not await _has_row(connection, parent, target, value):
                return True
    return False


async def _has_row(connection: Connection, table: str, column: str, value: object) -> bool:
    query = Query("", f'select 1 from "{table}" where "{column}" = ? limit 1', ("value",), {})  # noqa: S608
    return bool(await connection.run(query, {"value": value}))
