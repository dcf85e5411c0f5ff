"""The statements of resources. A table's keys are the names in JSON, and so are those of the rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import eq, ge, lt
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Table,
    bindparam,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.sql.elements import Label

from app.database.dialect import is_one_of
from app.database.query import Query, compiled

_COMPARISONS: Final[dict[str, Callable[[Any, Any], ColumnElement[bool]]]] = {"": eq, "gte": ge, "lt": lt}


@dataclass(frozen=True, slots=True)
class PageShape:
    """How a list is sorted, filtered and cut; all names are those in JSON."""

    names: tuple[str, ...]
    """What is read."""
    sort: str
    """Ties are broken by creation time and id."""
    descending: bool
    filters: tuple[str, ...]
    """Parameters that filter: `status`, `status[in]`, `createdAt[gte]`."""
    continued: bool
    """Whether the page starts after a position."""


@lru_cache(500)
def find(table: Table, names: tuple[str, ...] | None = None) -> Query:
    """Read one row, or just `names` of it. Values: `id`."""
    columns = _columns(table, names or table.c.keys())
    return compiled(f"{table.name} find", select(*columns).where(table.c.id == bindparam("id")))


@lru_cache(500)
def insert(table: Table) -> Query:
    """Add a row and return it. Values: one for each column, by its name in JSON."""
    return compiled(f"{table.name} insert", table.insert().returning(*_columns(table, table.c.keys())))


@lru_cache(500)
def update(table: Table, names: tuple[str, ...]) -> Query:
    """Change a row and return it. Values: `id`, `time`, `version` or None for any, and `new_` with each of `names`."""
    changes = {table.c[name]: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
    statement = (
        table.update()
        .values(
            {
                table.c.version: table.c.version + literal_column("1"),
                table.c.updatedAt: bindparam("time"),
                **changes,
            }
        )
        .where(table.c.id == bindparam("id"), _in_version(table))
        .returning(*_columns(table, table.c.keys()))
    )
    return compiled(f"{table.name} update", statement)


@lru_cache(500)
def delete(table: Table) -> Query:
    """Delete a row and return its id. Values: `id`, and `version` or None for any."""
    statement = table.delete().where(table.c.id == bindparam("id"), _in_version(table)).returning(table.c.id)
    return compiled(f"{table.name} delete", statement)


@lru_cache(500)
def page(table: Table, shape: PageShape) -> Query:
    """Read a page, never by an offset.

    Values: `limit`, `filter_0` … in the order of the filters, and `after_0` … for a page that is continued: the
    position's values in the order of `sort_keys`.
    """
    keys = sort_keys(shape.sort)
    conditions: list[ColumnElement[bool]] = [
        _matches(table, name, f"filter_{index}") for index, name in enumerate(shape.filters)
    ]
    if shape.continued:
        left = tuple_(*(table.c[key] for key in keys))
        right = tuple_(
            *(bindparam(f"after_{index}", type_=table.c[key].type) for index, key in enumerate(keys))
        )
        conditions.append(left < right if shape.descending else left > right)
    order = [table.c[key].desc() if shape.descending else table.c[key].asc() for key in keys]
    statement = (
        select(*_columns(table, dict.fromkeys([*shape.names, *keys])))
        .where(*conditions)
        .order_by(*order)
        .limit(bindparam("limit", type_=Integer))
    )
    return compiled(f"{table.name} page", statement)


def sort_keys(sort: str) -> list[str]:
    """Return the names whose values make a position in a list unique."""
    return ["createdAt", "id"] if sort == "createdAt" else [sort, "createdAt", "id"]


def _columns(table: Table, names: Iterable[str]) -> list[Label[Any]]:
    return [table.c[name].label(name) for name in names]


def _matches(table: Table, parameter: str, value: str) -> ColumnElement[bool]:
    name, _, operator = parameter.removesuffix("]").partition("[")
    column = table.c[name]
    if operator == "in":
        return is_one_of(column, value)
    return _COMPARISONS[operator](column, bindparam(value, type_=column.type))


def _in_version(table: Table) -> ColumnElement[bool]:
    version = bindparam("version", type_=Integer)
    return version.is_(None) | (table.c.version == version)
