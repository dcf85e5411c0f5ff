"""Work that belongs to no request."""

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import TypeVar, cast

import pytest

from app import background
from app.background import FIRST_PURGE_S, PURGE_EVERY_S, purge, purge_for_ever
from app.context import RequestContext
from app.database.port import Database, Transaction
from tests.support.parts import settled, silent_log

R = TypeVar("R")


class Table:
    """A table with expired rows, each batch of which is deleted in a transaction of its own."""

    def __init__(self, expired: int, *, free: bool = True) -> None:
        """Take how many rows have expired, and whether the lock is free."""
        self.expired = expired
        self.free = free
        self.locks: list[str] = []
        self.calls: list[RequestContext] = []

    async def try_lock(self, name: str) -> bool:
        """Tell whether the lock is free."""
        self.locks.append(name)
        return self.free

    async def transaction(self, context: RequestContext, work: Callable[[Transaction], Awaitable[R]]) -> R:
        """Run `work`."""
        self.calls.append(context)
        return await work(cast(Transaction, self))

    async def delete(self, _: Transaction) -> int:
        """Delete ten rows at most."""
        deleted = min(10, self.expired)
        self.expired -= deleted
        return deleted

    @property
    def database(self) -> Database:
        """The table as the database that it is in."""
        return cast(Database, self)


async def test_a_purge_ends_when_nothing_is_left() -> None:
    table = Table(25)
    await purge(table.database, "rows", table.delete)
    assert table.expired == 0
    assert table.locks == ["rows purge"] * 4
    # Each batch has its time: many take longer than one may.
    assert len(set(map(id, table.calls))) == 4


async def test_one_instance_purges_at_a_time() -> None:
    table = Table(25, free=False)
    await purge(table.database, "rows", table.delete)
    assert table.expired == 25


async def test_the_first_purge_begins_soon_after_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    passes = asyncio.Semaphore(2)

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        await passes.acquire()

    monkeypatch.setattr(background, "asyncio", SimpleNamespace(sleep=sleep))
    table = Table(25)
    purging = asyncio.create_task(purge_for_ever(table.database, "rows", table.delete, silent_log()))
    await settled()
    purging.cancel()
    assert table.expired == 0
    assert FIRST_PURGE_S[0] <= waits[0] <= FIRST_PURGE_S[1]
    assert waits[1:] == [PURGE_EVERY_S, PURGE_EVERY_S]
