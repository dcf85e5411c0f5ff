"""Migrations, as deployments and developers run them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.util import CommandError
from sqlalchemy import inspect

from app.database.migrate import alembic_config, migrate
from app.database.schema_changes import schema_engine
from tests.support.database import temporary_database
from tests.support.migrations import with_migration


def test_models_and_migrations_agree(surroundings: dict[str, str]) -> None:
    command.check(alembic_config(surroundings["DATABASE_URL"]))


def test_each_is_applied_by_one_of_several_processes(database_server: str) -> None:
    with temporary_database(database_server) as url:
        environment = {**os.environ, "DATABASE_URL": url}
        arguments = [sys.executable, "-m", "app.database.migrate"]
        running = [
            subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)
        ]
        said = [process.communicate(timeout=120)[0] for process in running]
        assert [process.returncode for process in running] == [0, 0, 0]
        assert sorted(text.startswith("Applied 0001_idempotency") for text in said) == [False, False, True]
        assert migrate(url) == []


def test_one_that_fails_leaves_nothing_of_itself(database_server: str, tmp_path: Path) -> None:
    with temporary_database(database_server) as url:
        migrate(url)
        config = with_migration(
            tmp_path, url, 'op.execute("create table half (id int)")', 'op.execute("nonsense")'
        )
        with pytest.raises(Exception, match="nonsense"):
            command.upgrade(config, "head")
        with schema_engine(url).connect() as connection:
            assert not inspect(connection).has_table("half")
        assert migrate(url) == []


def test_schema_of_a_newer_version_stays_as_it_is(database_server: str, tmp_path: Path) -> None:
    with temporary_database(database_server) as url:
        migrate(url)
        newer = with_migration(tmp_path, url, 'op.execute("create table newer (id int)")')
        command.upgrade(newer, "head")
        environment = {"DATABASE_URL": url, "PATH": os.environ["PATH"]}
        arguments = [sys.executable, "-m", "app.database.migrate"]
        said = subprocess.run(
            arguments, env=environment, capture_output=True, text=True, check=False, timeout=120
        )
        assert (said.returncode, said.stdout, said.stderr) == (0, "The schema is up to date.\n", "")
        command.upgrade(newer, "head")
        with schema_engine(url).connect() as connection:
            assert inspect(connection).has_table("newer")


def test_schema_without_a_column_of_this_version_is_refused(database_server: str, tmp_path: Path) -> None:
    with temporary_database(database_server) as url:
        migrate(url)
        newer = with_migration(tmp_path, url, 'op.execute("alter table idempotency_keys rename to others")')
        command.upgrade(newer, "head")
        with pytest.raises(CommandError, match=r"is at planted, .* lacks idempotency_keys\."):
            migrate(url)


def test_all_can_be_taken_back(database_server: str) -> None:
    with temporary_database(database_server) as url:
        applied = migrate(url)
        command.downgrade(alembic_config(url), "base")
        with schema_engine(url).connect() as connection:
            assert inspect(connection).get_table_names() == ["alembic_version"]
        assert migrate(url) == applied
