"""PostgreSQL: limits, cancellation and faults."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import NoReturn

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy import text

from app.context import RequestContext
from app.database.connect import create_database
from app.database.port import ConstraintError, Database, Row, Transaction
from app.database.query import Query, compiled
from app.database.schema_changes import schema_engine
from app.database.values import InstantLoader
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics
from tests.support.parts import config_of, eventually, some_context

ELSEWHERE = {"timezone": "Asia/Kolkata", "datestyle": "SQL, DMY"}
NOBODY = "postgresql://nobody@127.0.0.1:1/none"
SLEEP = compiled("sleep", text("select cast(pg_sleep(cast(:seconds as float8)) as text)"))
COUNT_SLEEPING = (
    "select count(*) from pg_stat_activity"
    " where state = 'active' and query like '%pg_sleep%' and pid <> pg_backend_pid()"
)
Connect = Callable[..., Awaitable[Database]]


@pytest.fixture
async def connect(surroundings: dict[str, str]) -> AsyncIterator[Connect]:
    """Return a function that opens a database with settings of its own."""
    opened: list[Database] = []

    async def open_one(**settings: str) -> Database:
        config = config_of({**surroundings, **settings})
        database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
        opened.append(database)
        return database

    yield open_one
    for database in opened:
        await database.close()


@pytest.fixture
def watcher(surroundings: dict[str, str]) -> Iterator[psycopg.Connection]:
    """Return a connection that looks on."""
    with psycopg.connect(surroundings["DATABASE_URL"], autocommit=True) as connection:
        yield connection


@pytest.fixture
def elsewhere(watcher: psycopg.Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Give the process, the database and the role another time zone and another form of dates."""
    for variable in ("TZ", "PGTZ"):
        monkeypatch.setenv(variable, ELSEWHERE["timezone"])
    monkeypatch.setenv("PGDATESTYLE", ELSEWHERE["datestyle"])
    time.tzset()
    database = Identifier(watcher.info.dbname)
    owners = (SQL("database {}").format(database), SQL("role current_user in database {}").format(database))
    for owner in owners:
        for name, value in ELSEWHERE.items():
            watcher.execute(SQL("alter {} set {} = {}").format(owner, Identifier(name), Literal(value)))
    yield
    for owner in owners:
        watcher.execute(SQL("alter {} reset all").format(owner))
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"postgresql://nobody@127.0.0.1:{server.getsockname()[1]}/none"


async def nap(database: Database, seconds: float = 0, context: RequestContext | None = None) -> int:
    """Have the server do nothing for a while, and return the number of rows."""
    return len(await database.read(SLEEP, {"seconds": str(seconds)}, context or some_context()))


async def refused(work: Awaitable[object]) -> str:
    """Return the type of the problem that it ends with."""
    with pytest.raises(Problem) as raised:
        await work
    return raised.value.type


async def test_a_statement_that_outlives_its_request_is_gone_from_the_server(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    database = await connect()
    started = time.perf_counter()
    assert await refused(nap(database, 3, some_context(0.2))) == "deadline-exceeded"
    assert time.perf_counter() - started < 0.45
    await eventually(lambda: watcher.execute(COUNT_SLEEPING).fetchone() == (0,), 0.5)
    assert await nap(database) == 1


async def test_a_client_that_hangs_up_ends_its_statement(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    database = await connect()
    request = asyncio.create_task(nap(database, 3))
    await eventually(lambda: watcher.execute(COUNT_SLEEPING).fetchone() == (1,), 5)
    request.cancel()
    await eventually(lambda: watcher.execute(COUNT_SLEEPING).fetchone() == (0,), 0.5)


async def test_who_gets_no_connection_in_time_is_told_so(connect: Connect) -> None:
    database = await connect(DB_POOL_MAX="1", DB_ACQUIRE_TIMEOUT_MS="200")
    await nap(database)
    long = asyncio.create_task(nap(database, 1))
    await asyncio.sleep(0.05)
    started = time.perf_counter()
    assert await refused(nap(database)) == "dependency-unavailable"
    assert time.perf_counter() - started < 0.6
    assert await long == 1
    assert await nap(database) == 1


async def test_a_statement_gives_the_same_row_every_time(connect: Connect) -> None:
    database = await connect(DB_POOL_MAX="1")
    statement = text(
        """select cast(:text as text) as "text", cast(null as text) as "nothing", true as "boolean",
        42 as "integer", 9007199254740991 as "bigint", cast(1.50 as numeric) as "decimal",
        date '2026-01-15' as "date", timestamptz '2026-01-15 08:30:00.5+00' as "datetime",
        cast('018f0000-0000-7000-8000-000000000000' as uuid) as "uuid" """
    )
    row = {
        "nothing": None,
        "boolean": True,
        "integer": 42,
        "bigint": 9007199254740991,
        "decimal": "1.50",
        "date": "2026-01-15",
        "datetime": "2026-01-15T08:30:00.500Z",
        "uuid": "018f0000-0000-7000-8000-000000000000",
    }
    for value in ("first", 'seco"nd', ""):
        for name in ("every_type", ""):
            rows = await database.read(compiled(name, statement), {"text": value}, some_context())
            assert rows == [{"text": value, **row}]


@pytest.mark.parametrize("state", ["on", "off"])
@pytest.mark.usefixtures("elsewhere")
async def test_every_session_speaks_utc_and_iso(connect: Connect, state: str) -> None:
    database = await connect(DB_SESSION_STATE=state)
    statement = compiled(
        "instants",
        text(
            """select current_setting('TimeZone') as "zone", current_setting('DateStyle') as "style",
            date '2026-01-15' as "date", timestamptz '2026-01-15 08:30:00.5' as "without_offset",
            cast(:moment as timestamptz) as "moment" """
        ),
    )
    expected = {
        "zone": "UTC",
        "style": "ISO, MDY",
        "date": "2026-01-15",
        "without_offset": "2026-01-15T08:30:00.500Z",
        "moment": "2026-01-15T08:30:00.000Z",
    }
    values = {"moment": "2026-01-15T14:00:00+05:30"}
    assert await database.read(statement, values, some_context()) == [expected]
    rows = await database.transaction(
        some_context(), lambda transaction: transaction.query(statement, values)
    )
    assert rows == [expected]


@pytest.mark.usefixtures("elsewhere")
async def test_what_a_pooler_does_not_pass_on_is_set(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = await connect()
    for variable in ("PGTZ", "PGDATESTYLE"):
        monkeypatch.delenv(variable)
    zone = compiled(
        "", text("select current_setting('TimeZone') || ' ' || current_setting('DateStyle') as \"is\"")
    )
    assert await database.read(zone, {}, some_context()) == [{"is": "UTC ISO, MDY"}]


@pytest.mark.usefixtures("elsewhere")
def test_migrations_speak_utc_and_iso(surroundings: dict[str, str], watcher: psycopg.Connection) -> None:
    with schema_engine(surroundings["DATABASE_URL"]).begin() as connection:
        connection.exec_driver_sql("create table spoken as select current_setting('TimeZone') as zone")
    assert watcher.execute("select zone from spoken").fetchone() == ("UTC",)
    watcher.execute("drop table spoken")


@pytest.mark.parametrize(
    "told",
    [
        "2026-01-15 08:30:00.5+00",
        "2026-01-15 14:00:00.5+05:30",
        "2026-01-15 05:30:00.5-03",
        "2026-01-15 14:23:28.5+05:53:28",
    ],
)
def test_a_time_is_read_with_any_offset(told: str) -> None:
    assert InstantLoader(0).load(told.encode()) == "2026-01-15T08:30:00.500Z"


async def test_without_session_state_nothing_is_prepared_and_nothing_set(connect: Connect) -> None:
    """A proxy would pin a connection that keeps something, or refuse it."""
    kept = compiled(
        "kept",
        text(
            "select count(*) as prepared, current_setting('statement_timeout') as statement_limit"
            " from pg_prepared_statements where cast(:any as int) is not null"
        ),
    )

    async def twice(state: str) -> list[Row]:
        database = await connect(DB_SESSION_STATE=state, DB_POOL_MAX="1", DB_STATEMENT_TIMEOUT_MS="2500")
        for _ in range(2):
            await database.read(kept, {"any": 1}, some_context())
        return await database.transaction(
            some_context(), lambda transaction: transaction.query(kept, {"any": 1})
        )

    assert await twice("on") == [{"prepared": 1, "statement_limit": "2500ms"}]
    assert await twice("off") == [{"prepared": 0, "statement_limit": "0"}]


async def test_a_changed_column_type_fails_no_statement(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    """A rollout changes the schema while instances run that have prepared their statements."""
    database = await connect(DB_POOL_MAX="3")
    count = compiled("typed_count", text("select count, pg_sleep(0.1) is null as slept from typed"))
    add = compiled("typed_add", text("update typed set count = count + 1 returning count"))

    async def counts() -> list[object]:
        rows = await asyncio.gather(*(database.read(count, {}, some_context()) for _ in range(3)))
        return [row["count"] for found in rows for row in found]

    async def added() -> object:
        async def work(transaction: Transaction) -> list[Row]:
            await transaction.query(count, {})
            return await transaction.query(add, {})

        return (await database.transaction(some_context(), work))[0]["count"]

    watcher.execute("create table typed as select 1 as count")
    try:
        for _ in range(2):
            # The second time they are prepared.
            assert await counts() == [1, 1, 1]
            assert await added() == 2
            watcher.execute("update typed set count = 1")
        watcher.execute("alter table typed alter column count type bigint")
        assert await counts() == [1, 1, 1]
        assert await added() == 2
        assert await added() == 3
        watcher.execute("alter table typed alter column count type text")
        watcher.execute("alter table typed alter column count type numeric using count::numeric")
        assert await added() == "4"
        assert await counts() == ["4", "4", "4"]
    finally:
        watcher.execute("drop table typed")


async def test_a_parameter_of_another_type_fails_no_statement(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    """The types of parameters stay as they were when the statement was prepared; the columns they meet may change."""
    database = await connect(DB_POOL_MAX="2")
    find = compiled("kind_find", text("select kind from kinds where kind = :kind"))
    change = compiled("kind_set", text("update kinds set kind = :kind returning kind"))

    async def changed() -> list[Row]:
        return await database.transaction(
            some_context(), lambda transaction: transaction.query(change, {"kind": "b"})
        )

    watcher.execute("create type kind as enum ('a', 'b')")
    watcher.execute("create table kinds as select 'b'::text as kind")
    try:
        for column_type in ("text", "kind", "text"):
            watcher.execute(
                f"alter table kinds alter column kind type {column_type} using kind::{column_type}"
            )
            for _ in range(2):
                # The second time they are prepared.
                assert await database.read(find, {"kind": "b"}, some_context()) == [{"kind": "b"}]
                assert await changed() == [{"kind": "b"}]
    finally:
        watcher.execute("drop table kinds")
        watcher.execute("drop type kind")


async def test_statements_of_many_forms_stay_few_on_the_server(connect: Connect) -> None:
    """Callers choose fields and filters."""
    database = await connect(DB_POOL_MAX="1")
    for number in range(300):
        query = compiled("form", text(f"select cast(:any as int) as form_{number}"))
        for _ in range(2):
            await database.read(query, {"any": 1}, some_context())
    kept = compiled("", text("select count(*) as kept from pg_prepared_statements"))
    assert (await database.read(kept, {}, some_context()))[0]["kept"] in range(200, 258)


async def test_a_statement_that_fails_leaves_its_connection_in_order(connect: Connect) -> None:
    database = await connect(DB_POOL_MAX="1")
    divide = compiled("divide", text('select 6 / cast(:by as integer) as "quotient"'))
    for by, quotient in ((2, 3), (3, 2)):
        with pytest.raises(psycopg.errors.DivisionByZero):
            await database.read(divide, {"by": 0}, some_context())
        assert await database.read(divide, {"by": by}, some_context()) == [{"quotient": quotient}]


async def test_a_transaction_whose_work_raises_leaves_nothing(
    connect: Connect, watcher: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    database = await connect()

    async def work(transaction: Transaction) -> NoReturn:
        assert await transaction.try_lock("one")
        await transaction.query(insert_key("rolled-back"), {})
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await database.transaction(some_context(), work)
    assert count_keys(watcher, "rolled-back") == 0
    assert await database.transaction(some_context(), lambda transaction: transaction.try_lock("one"))
    assert not caplog.records


async def test_a_transaction_that_outlives_its_request_leaves_nothing(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    database = await connect(DB_POOL_MAX="1")

    async def work(transaction: Transaction) -> None:
        await transaction.query(insert_key("too-late"), {})
        await asyncio.sleep(3)

    assert await refused(database.transaction(some_context(0.2), work)) == "deadline-exceeded"
    assert await nap(database) == 1
    assert count_keys(watcher, "too-late") == 0


async def test_a_lock_that_somebody_holds_is_refused_at_once(connect: Connect) -> None:
    database = await connect()

    async def work(transaction: Transaction) -> bool:
        assert await transaction.try_lock("two")
        return await database.transaction(some_context(), lambda other: other.try_lock("two"))

    assert await database.transaction(some_context(), work) is False


async def test_a_value_that_is_taken_is_told_apart(connect: Connect) -> None:
    database = await connect()

    async def work(transaction: Transaction) -> None:
        await transaction.query(insert_key("taken"), {})
        await transaction.query(insert_key("taken"), {})

    with pytest.raises(ConstraintError) as raised:
        await database.transaction(some_context(), work)
    assert raised.value.kind == "unique"


async def test_a_server_that_is_not_there_keeps_nobody_waiting(connect: Connect) -> None:
    database = await connect(DATABASE_URL=NOBODY, DB_ACQUIRE_TIMEOUT_MS="4000")
    started = time.perf_counter()
    assert await refused(nap(database)) == "dependency-unavailable"
    assert time.perf_counter() - started < 1


async def test_a_server_that_does_not_answer_is_not_asked_for_a_while(connect: Connect, silent: str) -> None:
    database = await connect(DATABASE_URL=silent, DB_ACQUIRE_TIMEOUT_MS="100")
    for _ in range(5):
        assert await refused(nap(database)) == "dependency-unavailable"
    started = time.perf_counter()
    assert await refused(nap(database)) == "dependency-unavailable"
    assert time.perf_counter() - started < 0.05


async def test_a_server_that_hangs_is_given_up_at_the_deadline(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    database = await connect(DB_POOL_MAX="1")
    await nap(database)
    row = watcher.execute(
        "select pid from pg_stat_activity where application_name like '%-primary'"
    ).fetchone()
    assert row
    try:
        os.kill(row[0], signal.SIGSTOP)
    except (PermissionError, ProcessLookupError):
        pytest.skip("the server runs elsewhere")
    try:
        started = time.perf_counter()
        assert await refused(nap(database, 0, some_context(0.2))) == "deadline-exceeded"
        assert time.perf_counter() - started < 0.45
        assert await nap(database) == 1
    finally:
        os.kill(row[0], signal.SIGCONT)


async def test_connections_that_the_server_has_ended_are_not_lent(
    connect: Connect, watcher: psycopg.Connection
) -> None:
    database = await connect(DB_POOL_MAX="4")
    await asyncio.gather(*(nap(database, 0.3) for _ in range(4)))
    watcher.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where pid <> pg_backend_pid() and datname = current_database()"
    )
    # What has just been used is not looked at.
    await asyncio.sleep(0.15)
    assert [await nap(database) for _ in range(8)] == [1] * 8


async def test_a_replica_that_is_down_leaves_the_primary_to_answer(connect: Connect) -> None:
    database = await connect(DATABASE_REPLICA_URL=NOBODY)
    assert await nap(database) == 1


async def test_a_replica_that_is_behind_a_migration_leaves_the_primary_to_answer(
    connect: Connect, database_server: str
) -> None:
    database = await connect(DATABASE_REPLICA_URL=database_server)
    count = compiled("", text('select count(*) as "count" from "idempotency_keys"'))
    assert await database.read(count, {}, some_context()) == [{"count": 0}]


async def test_a_pool_that_cannot_connect_is_closed_all_the_same(connect: Connect, silent: str) -> None:
    database = await connect(DATABASE_URL=silent, DB_ACQUIRE_TIMEOUT_MS="10000")
    waiting = asyncio.create_task(refused(nap(database)))
    await asyncio.sleep(0.1)
    started = time.perf_counter()
    await database.close()
    assert time.perf_counter() - started < 1.5
    assert await waiting == "dependency-unavailable"


def insert_key(key: str) -> Query:
    """Return a statement that adds a row."""
    return compiled(
        "",
        text(
            'insert into "idempotency_keys" ("principal", "key", "fingerprint", "status", "headers", "expires_at")'
            f" values ('p', '{key}', 'f', 200, '{{}}', now())"
        ),
    )


def count_keys(watcher: psycopg.Connection, key: str) -> int:
    """Return how many rows of that key are committed."""
    row = watcher.execute('select count(*) from "idempotency_keys" where "key" = %s', [key]).fetchone()
    return row[0] if row else 0
