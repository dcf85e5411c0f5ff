"""The statements of products. Every one is a single round trip."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.context import RequestContext
from app.database.port import Database, Row, Transaction
from app.database.statements import PageShape, delete, find, insert, page, update
from app.http.cursor import Position
from app.http.list_query import ListRequest
from app.resources.products.models import TABLE

_FIND = find(TABLE)
_VERSION = find(TABLE, ("version",))
_INSERT = insert(TABLE)
_DELETE = delete(TABLE)
_NAMES = list(TABLE.columns.keys())


async def find_one(database: Database, id: str, context: RequestContext, *, fresh: bool) -> Row | None:
    """The whole row."""
    rows = await database.read(_FIND, {"id": id}, context, fresh=fresh)
    return rows[0] if rows else None


async def find_fields(
    database: Database, id: str, names: Sequence[str], context: RequestContext, *, fresh: bool
) -> Row | None:
    """Just these fields, and the version."""
    query = find(TABLE, tuple(dict.fromkeys([*names, "version"])))
    rows = await database.read(query, {"id": id}, context, fresh=fresh)
    return rows[0] if rows else None


async def find_page(
    database: Database, request: ListRequest, after: Position | None, context: RequestContext, *, fresh: bool
) -> list[Row]:
    """One row more than the limit, if there is a limit: it shows that there is a next page."""
    shape = PageShape(
        names=tuple(request.fields or _NAMES),
        sort=request.sort,
        descending=request.descending,
        filters=tuple(request.filters),
        continued=after is not None,
    )
    values: dict[str, Any] = {"limit": request.limit + 1}
    values |= {
        f"filter_{index}": tuple(value) if isinstance(value, list) else value
        for index, value in enumerate(request.filters.values())
    }
    values |= {f"after_{index}": value for index, value in enumerate(after or [])}
    return await database.read(page(TABLE, shape), values, context, fresh=fresh)


async def insert_one(transaction: Transaction, row: Row) -> Row:
    """The row as it is stored."""
    return (await transaction.query(_INSERT, row))[0]


async def update_one(
    transaction: Transaction, id: str, changes: Mapping[str, object], time: str, version: int | None
) -> Row | None:
    """The row as it is now; None when there is none, or not in that version."""
    values = {"id": id, "time": time, "version": version} | {
        f"new_{name}": value for name, value in changes.items()
    }
    rows = await transaction.query(update(TABLE, tuple(changes)), values)
    return rows[0] if rows else None


async def delete_one(transaction: Transaction, id: str, version: int | None) -> bool:
    """False when there is no such row, or not in that version."""
    return bool(await transaction.query(_DELETE, {"id": id, "version": version}))


async def version_of(transaction: Transaction, id: str) -> int | None:
    """The version of a row; None when there is none."""
    rows = await transaction.query(_VERSION, {"id": id})
    return int(rows[0]["version"]) if rows else None
