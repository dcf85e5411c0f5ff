"""What can be done with products. Knows nothing of HTTP but the problems it may answer."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time
from typing import NamedTuple

import orjson
from uuid_utils import uuid7

from app.cache.port import Entry
from app.cache.reading import Reading
from app.context import RequestContext
from app.database.port import Row
from app.database.statements import sort_keys
from app.http.conditional import ChangeCondition, precondition_failed
from app.http.list_query import ListRequest, Selection, only, position_of
from app.problem import Problem
from app.resources.products import repository
from app.resources.products.models import (
    ProductInput,
    ProductPatch,
)
from app.services import Services
from app.unit_of_work import UnitOfWork


class Page(NamedTuple):
    """One page as JSON, and the cursor of the next."""

    body: bytes
    next_cursor: str | None


class ProductService:
    """Reads through the cache; writes are parts of a unit of work."""

    def __init__(self, services: Services) -> None:
        self._database = services.database
        self._cache = services.cache
        self._cursors = services.cursors
        self._recent_writes = services.recent_writes

    async def find(self, id: str, context: RequestContext) -> Reading:
        """Reads through the cache."""

        async def load() -> Entry | None:
            # From the primary: what a replica has not heard of yet would stay in the cache.
            row = await repository.find_one(self._database, id, context, fresh=True)
            return _entry(row) if row else None

        return await self._cache.read(_key(id), load, context)

    async def find_fields(self, id: str, fields: Sequence[str], context: RequestContext) -> Selection | None:
        """Reads just the fields asked for, from the database."""
        fresh = await self._recent_writes.has(context)
        row = await repository.find_fields(self._database, id, fields, context, fresh=fresh)
        return Selection(row["version"], orjson.dumps(only(row, fields))) if row else None

    async def list(self, request: ListRequest, context: RequestContext) -> Page:
        """One page. Raises Problem `invalid-cursor`."""
        cursor, identity = request.cursor, request.identity
        after = None if cursor is None else self._cursors.decode(identity, cursor)
        fresh = await self._recent_writes.has(context)
        rows = await repository.find_page(self._database, request, after, context, fresh=fresh)
        next_cursor = None
        if len(rows) > request.limit:
            rows.pop()
            next_cursor = self._cursors.encode(identity, position_of(rows[-1], sort_keys(request.sort)))
        data = [only(row, request.fields) for row in rows] if request.fields else rows
        meta = {"pageSize": request.limit, "nextCursor": next_cursor}
        return Page(orjson.dumps({"data": data, "meta": meta}), next_cursor)

    async def create(self, unit: UnitOfWork, given: ProductInput) -> tuple[str, Entry]:
        """The identifier of the new one, and itself."""
        now = _time()
        system = {"id": str(uuid7()), "version": 1, "createdAt": now, "updatedAt": now}
        row = await repository.insert_one(unit.transaction, given.model_dump(by_alias=True) | system)
        return row["id"], self._stored(unit, row)

    async def update(
        self, unit: UnitOfWork, id: str, changes: ProductPatch, condition: ChangeCondition | None
    ) -> Entry:
        """Changes the fields given. Raises Problem `not-found`, `precondition-failed`."""
        return await self._change(unit, id, changes.model_dump(by_alias=True, exclude_unset=True), condition)

    async def replace(
        self, unit: UnitOfWork, id: str, given: ProductInput, condition: ChangeCondition | None
    ) -> Entry:
        """Changes every field: what is not given has its default, or is null. Raises as `update`."""
        return await self._change(unit, id, given.model_dump(by_alias=True), condition)

    async def remove(self, unit: UnitOfWork, id: str, condition: ChangeCondition | None) -> None:
        """Raises as `update`."""
        version = await _guard(unit, id, condition)
        if not await repository.delete_one(unit.transaction, id, version):
            raise await _missing(unit, id)
        unit.after_commit(lambda: self._cache.remove(_key(id)))

    async def _change(
        self, unit: UnitOfWork, id: str, changes: Mapping[str, object], condition: ChangeCondition | None
    ) -> Entry:
        version = await _guard(unit, id, condition)
        row = await repository.update_one(unit.transaction, id, changes, _time(), version)
        if row is None:
            raise await _missing(unit, id)
        return self._stored(unit, row)

    def _stored(self, unit: UnitOfWork, row: Row) -> Entry:
        """Puts a committed row into the cache of every instance."""
        entry = _entry(row)
        unit.after_commit(lambda: self._cache.replace(_key(row["id"]), entry))
        return entry


async def _guard(unit: UnitOfWork, id: str, condition: ChangeCondition | None) -> int | None:
    """The version to hold the row to; None for any."""
    if condition is None:
        return None
    if condition.only is not None:
        return condition.only
    version = await repository.version_of(unit.transaction, id)
    if version is None and condition.allowed is None:
        raise Problem("not-found")
    if version is None or not condition.holds(version):
        raise precondition_failed()
    return version


async def _missing(unit: UnitOfWork, id: str) -> Problem:
    version = await repository.version_of(unit.transaction, id)
    return Problem("not-found") if version is None else precondition_failed()


def _entry(row: Row) -> Entry:
    return Entry(row["version"], orjson.dumps(row), _now())


def _key(id: str) -> str:
    return f"products:{id}"


def _now() -> float:
    return time() * 1000


def _time() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
