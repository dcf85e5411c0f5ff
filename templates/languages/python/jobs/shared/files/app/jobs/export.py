"""Exports: all rows of a table as a file, in the order of their identifiers."""

import csv
import io
from collections.abc import AsyncIterator, Sequence
from typing import Any, Final

import orjson
from sqlalchemy import Integer, Table, bindparam, select

from app.database.port import Row
from app.database.query import compiled
from app.jobs.work import Done, Work

PAGE: Final = 500
MEDIA_TYPES: Final = {"ndjson": "application/x-ndjson", "csv": "text/csv; charset=utf-8"}
_FIRST: Final = "00000000-0000-0000-0000-000000000000"


class Export:
    """The kind of job that exports a table; its payload has the `format`."""

    def __init__(self, table: Table) -> None:
        """Compile the statement of a page."""
        self._names = list(table.columns.keys())
        columns = [table.c[name].label(name) for name in self._names]
        statement = (
            select(*columns)
            .where(table.c.id > bindparam("after"))
            .order_by(table.c.id)
            .limit(bindparam("limit", type_=Integer))
        )
        self._page = compiled(f"{table.name} export", statement)

    async def __call__(self, work: Work) -> Done:
        """Write the file of this attempt, a page at a time."""
        job = work.job
        form = job.payload["format"]
        path = f"exports/{job.id}/{job.attempts}"
        size = 0

        async def content() -> AsyncIterator[bytes]:
            nonlocal size
            async for lines in self._lines(work, form):
                size += len(lines)
                yield lines

        await work.files.write(path, content())
        return Done({"file": path, "contentType": MEDIA_TYPES[form], "bytes": size})

    async def _lines(self, work: Work, form: str) -> AsyncIterator[bytes]:
        if form == "csv":
            yield _csv([self._names])
        after, count = _FIRST, PAGE
        while count == PAGE:
            values = {"after": after, "limit": PAGE}
            rows = await work.services.database.read(self._page, values, work.context(), fresh=True)
            count = len(rows)
            if rows:
                yield (
                    _csv([list(map(_cell, row.values())) for row in rows]) if form == "csv" else _ndjson(rows)
                )
                after = rows[-1]["id"]
                await work.progress(work.done + count)


def _ndjson(rows: Sequence[Row]) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    """Lines as RFC 4180 has them."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(value: object) -> object:
    """Text as it is, nothing for null, and JSON for everything else."""
    return value if value is None or isinstance(value, str) else orjson.dumps(value).decode()
