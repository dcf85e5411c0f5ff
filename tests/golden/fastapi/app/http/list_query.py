"""The query of a list, taken apart."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import orjson

from app.http.cursor import Position

Row = Mapping[str, Any]


class Selection(NamedTuple):
    """Fields of one resource as JSON."""

    version: int | str
    body: bytes


@dataclass(slots=True, frozen=True)
class ListRequest:
    """How a list is asked for."""

    limit: int
    sort: str
    """Field to sort by, without its direction."""
    descending: bool
    fields: list[str] | None
    """The fields asked for; None for all."""
    filters: dict[str, Any]
    """Parameters, such as `status` or `createdAt[gte]`, with their values."""
    cursor: str | None
    identity: str
    """Names the list for its cursors: order and filters."""


def list_request(resource: str, query: Mapping[str, Any], filterable: Sequence[str]) -> ListRequest:
    """Takes a list's query apart. `query` has been checked and completed."""
    sort: str = query["sort"]
    filters = {name: query[name] for name in filterable if query.get(name) is not None}
    return ListRequest(
        limit=query["limit"],
        sort=sort.removeprefix("-"),
        descending=sort.startswith("-"),
        fields=field_list(query.get("fields")),
        filters=filters,
        cursor=query.get("cursor"),
        identity=orjson.dumps([resource, sort, list(filters.items())]).decode(),
    )


def field_list(fields: str | None) -> list[str] | None:
    """The names in `fields=a,b`, each once."""
    return None if fields is None else list(dict.fromkeys(fields.split(",")))


def next_link(path: str, query: str, cursor: str) -> str:
    """Link to the next page (RFC 8288): the same request with another cursor."""
    others = [part for part in query.split("&") if part and not part.startswith("cursor=")]
    return f'<{path}?{"&".join([*others, f"cursor={cursor}"])}>; rel="next"'


def position_of(row: Row, keys: Iterable[str]) -> Position:
    """Where the next page starts: the values of `keys` in the last row."""
    return ["" if row[key] is None else row[key] for key in keys]


def only(row: Row, fields: Iterable[str]) -> dict[str, Any]:
    """A copy with just these fields."""
    return {name: row[name] for name in fields}
