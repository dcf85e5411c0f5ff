"""Changes of a schema that is in use."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from alembic import command

from app.database.migrate import migrate
from tests.support.database import temporary_database
from tests.support.migrations import with_migration
from tests.support.parts import eventually


@pytest.fixture
def url(database_server: str) -> Iterator[str]:
    """Return a migrated database."""
    with temporary_database(database_server) as url:
        migrate(url)
        yield url


def count(url: str) -> int:
    """Read a table, and wait as long as a request may wait for it."""
    with psycopg.connect(url, options="-c statement_timeout=5s") as connection:
        row = connection.execute("select count(*) from idempotency_keys").fetchone()
        return row[0] if row else -1


async def test_one_that_waits_for_a_table_keeps_no_reader_waiting(url: str, tmp_path: Path) -> None:
    config = with_migration(tmp_path, url, 'op.execute("alter table idempotency_keys add column note text")')
    with psycopg.connect(url) as busy, psycopg.connect(url, autocommit=True) as watcher:

        def waits() -> bool:
            asked = "select 1 from pg_locks where not granted and mode = 'AccessExclusiveLock'"
            return watcher.execute(asked).fetchone() is not None

        busy.execute("select count(*) from idempotency_keys")
        upgrade = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "head"))
        await eventually(waits, 30)
        assert await asyncio.to_thread(count, url) == 0
        assert not upgrade.done()
        busy.rollback()
        await asyncio.wait_for(upgrade, 60)
        assert watcher.execute("select note from idempotency_keys").fetchall() == []


async def test_an_index_is_built_beside_writes(url: str, tmp_path: Path) -> None:
    lines = [
        "with op.get_context().autocommit_block():",
        '    op.create_index("i", "idempotency_keys", ["status"], postgresql_concurrently=True)',
    ]
    config = with_migration(tmp_path, url, *lines)
    with psycopg.connect(url) as busy:
        busy.execute("delete from idempotency_keys")
        upgrade = asyncio.create_task(asyncio.to_thread(command.upgrade, config, "head"))
        # Longer than a statement in a transaction may wait for the table.
        await asyncio.sleep(1.5)
        assert not upgrade.done()
        assert await asyncio.to_thread(count, url) == 0
        busy.rollback()
        await asyncio.wait_for(upgrade, 60)
        valid = busy.execute("select indisvalid from pg_index where indexrelid = 'i'::regclass").fetchone()
        assert valid == (True,)
