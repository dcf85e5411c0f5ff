"""Changes of a schema with rows in it."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command

from app.database.file import path_of
from app.database.migrate import migrate
from tests.support.migrations import with_migration

MAKE = [
    'op.execute("create table parents (id text primary key, name text)")',
    'op.execute("create table children (parent text references parents (id) on delete cascade)")',
    """op.execute("insert into parents values ('p', 'one')")""",
]


def rows_of_children(url: str) -> list[tuple[str]]:
    """Read what refers to the table that is changed."""
    with closing(sqlite3.connect(path_of(url))) as connection:
        return connection.execute("select parent from children").fetchall()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Return a migrated database."""
    url = f"file:{tmp_path}/app.db"
    migrate(url)
    return url


def test_a_column_is_changed_without_the_rows_that_refer_to_its_table(url: str, tmp_path: Path) -> None:
    lines = [
        *MAKE,
        """op.execute("insert into children values ('p')")""",
        'with op.batch_alter_table("parents", recreate="always") as batch:',
        '    batch.alter_column("name", nullable=False)',
    ]
    command.upgrade(with_migration(tmp_path, url, *lines), "head")
    assert rows_of_children(url) == [("p",)]


def test_rows_that_refer_to_nothing_are_an_error(url: str, tmp_path: Path) -> None:
    lines = [*MAKE, """op.execute("insert into children values ('nobody')")"""]
    with pytest.raises(ValueError, match="a row of children refers to one that parents does not have"):
        command.upgrade(with_migration(tmp_path, url, *lines), "head")
