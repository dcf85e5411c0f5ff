"""Values as text, in both directions."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap, Loader
from psycopg.pq.abc import PGresult
from psycopg.types.string import TextLoader

from app.database.port import Row


class InstantLoader(Loader):
    """`2026-01-15 08:30:00.5+00` to `2026-01-15T08:30:00.500Z`; the session's time zone is UTC."""

    def load(self, data: Buffer) -> str:
        """Return the time with milliseconds."""
        text = str(data, "ascii")
        if len(text) == len("2026-01-15 08:30:00.500+00"):
            return f"{text[:10]}T{text[11:23]}Z"
        seconds, _, fraction = text[11:-3].partition(".")
        return f"{text[:10]}T{seconds}.{fraction[:3]:0<3}Z"


RowMaker = Callable[[Sequence[Any]], Row]

_AS_TEXT: Final = ("date", "numeric", "uuid")


def register_loaders(adapters: AdaptersMap) -> None:
    """Have dates, decimals and UUIDs read as text: they are sent as they came."""
    for name in _AS_TEXT:
        adapters.register_loader(name, TextLoader)
    adapters.register_loader("timestamptz", InstantLoader)


def as_parameter(value: object) -> bytes | None:
    """Return a value in the text format of the protocol; the server knows the type from the statement."""
    if value is None:
        return None
    if isinstance(value, str):
        if "\0" in value:
            raise psycopg.DataError("a text cannot have a null byte")
        return value.encode()
    if isinstance(value, bool):
        return b"t" if value else b"f"
    return str(value).encode()


def row_maker(result: PGresult) -> RowMaker:
    """Return what makes a row of a result's values."""
    names = [(result.fname(index) or b"").decode() for index in range(result.nfields)]
    return lambda values: dict(zip(names, values, strict=True))
