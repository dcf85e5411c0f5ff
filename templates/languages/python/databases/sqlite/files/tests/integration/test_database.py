"""SQLite: one writer at a time, and readers that it does not disturb."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NoReturn

import pytest
from sqlalchemy import text

from app.context import RequestContext
from app.database.connect import create_database
from app.database.port import ConstraintError, Database, Transaction
from app.database.query import compiled
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics
from tests.support.parts import config_of, some_context

COUNT = compiled("count_keys", text('select count(*) as "count" from "idempotency_keys" where "key" = :key'))
INSERT = compiled(
    "insert_key",
    text(
        'insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "expires_at")'
        " values ('p', :key, 'f', 200, '{}', '2026-01-15T08:30:00.000Z')"
    ),
)
Connect = Callable[..., Awaitable[Database]]


@pytest.fixture
async def connect(surroundings: dict[str, str]) -> AsyncIterator[Connect]:
    """Return a function that opens the database with settings of its own."""
    opened: list[Database] = []

    async def open_one(**settings: str) -> Database:
        config = config_of({**surroundings, **settings})
        database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        await database.close()


async def count(database: Database, key: str) -> int:
    """Return how many rows of that key are committed."""
    rows = await database.read(COUNT, {"key": key}, some_context())
    found: int = rows[0]["count"]
    return found


async def insert(
    database: Database, key: str, context: RequestContext | None = None, pause_s: float = 0
) -> None:
    """Add a row, and keep the transaction open for a while."""

    async def work(transaction: Transaction) -> None:
        await transaction.query(INSERT, {"key": key})
        await asyncio.sleep(pause_s)

    await database.transaction(context or some_context(), work)


async def test_what_was_written_is_read_in_the_same_form(connect: Connect) -> None:
    database = await connect()
    row = {"name": "one", "price": "1.50", "count": 42, "open": True, "closed": False, "none": None}

    async def work(transaction: Transaction) -> None:
        columns = "name text, price text, count integer, open boolean, closed boolean, none boolean"
        await transaction.query(compiled("", text(f"create table forms ({columns})")), {})
        values = "(:name, :price, :count, :open, :closed, :none)"
        await transaction.query(compiled("", text(f"insert into forms values {values}")), row)

    await database.transaction(some_context(), work)
    assert await database.read(compiled("forms", text("select * from forms")), {}, some_context()) == [row]


async def test_a_transaction_whose_work_raises_leaves_nothing(connect: Connect) -> None:
    database = await connect()

    async def work(transaction: Transaction) -> NoReturn:
        assert await transaction.try_lock("one")
        await transaction.query(INSERT, {"key": "rolled-back"})
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.transaction(some_context(), work)
    assert await count(database, "rolled-back") == 0
    assert await database.transaction(some_context(), lambda transaction: transaction.try_lock("one"))


async def test_a_transaction_that_outlives_its_request_leaves_nothing(connect: Connect) -> None:
    database = await connect()
    started = time.perf_counter()
    with pytest.raises(Problem) as raised:
        await insert(database, "too-late", some_context(0.1), pause_s=3)
    assert raised.value.type == "deadline-exceeded"
    assert time.perf_counter() - started < 0.4
    await insert(database, "in-time")
    assert (await count(database, "too-late"), await count(database, "in-time")) == (0, 1)


async def test_a_client_that_hangs_up_leaves_the_writer_in_order(connect: Connect) -> None:
    database = await connect()
    for wait_s in (0, 0.001, 0.05):
        request = asyncio.create_task(insert(database, "gone", pause_s=3))
        await asyncio.sleep(wait_s)
        request.cancel()
        await asyncio.wait([request])
    await insert(database, "after-it")
    assert (await count(database, "gone"), await count(database, "after-it")) == (0, 1)


async def test_readers_see_what_is_committed_and_do_not_wait(connect: Connect) -> None:
    database = await connect()
    writing = asyncio.create_task(insert(database, "slow", pause_s=0.3))
    await asyncio.sleep(0.1)
    assert await count(database, "slow") == 0
    await writing
    assert await count(database, "slow") == 1


async def test_a_write_whose_turn_does_not_come_is_refused(connect: Connect) -> None:
    database = await connect(DB_ACQUIRE_TIMEOUT_MS="100")
    long = asyncio.create_task(insert(database, "long", pause_s=0.5))
    await asyncio.sleep(0.05)
    with pytest.raises(Problem) as raised:
        await insert(database, "short")
    assert raised.value.type == "dependency-unavailable"
    await long
    await insert(database, "short")


async def test_a_value_that_is_taken_is_told_apart(connect: Connect) -> None:
    database = await connect()
    await insert(database, "taken")
    with pytest.raises(ConstraintError) as raised:
        await insert(database, "taken")
    assert raised.value.kind == "unique"
