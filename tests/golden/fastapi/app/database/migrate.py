"""`migrate`: `alembic upgrade head` for people and deployments, which want one line about it."""

import os
import sys
import traceback
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from app.database.schema_changes import schema_engine

PROJECT: Final = Path(__file__).parents[2]


def alembic_config(database_url: str) -> Config:
    """Return what the functions of `alembic.command` take, for this database."""
    return Config(PROJECT / "alembic.ini", attributes={"database_url": database_url})


def migrate(database_url: str) -> list[str]:
    """Apply the migrations that have not been applied, and return the names of their files.

    Any number of processes may do this at once: each migration is applied by one of them. One that fails leaves nothing
    of itself. Raises what it raised. A schema that a newer version has migrated stays as it is; CommandError if it
    lacks a column that this version needs.
    """
    applied: list[Script] = []
    config = alembic_config(database_url)
    config.attributes["applied"] = applied
    try:
        command.upgrade(config, "head")
    except CommandError:
        with schema_engine(database_url).connect() as connection:
            unknown = _unknown_revisions(config, connection)
            if not unknown:
                raise
            if lacking := _lacking_columns(connection):
                text = f"The schema is at {unknown}, which is not in migrations/versions, and lacks {lacking}"
                raise CommandError(text) from None
    return [Path(script.path).stem for script in applied]


def _unknown_revisions(config: Config, connection: Connection) -> str:
    """Name the revisions of the schema that this version does not have."""
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    return ", ".join(sorted(set(MigrationContext.configure(connection).get_current_heads()) - known))


def _lacking_columns(connection: Connection) -> str:
    """Name the columns that models have and the database does not."""
    import app.main  # noqa: F401, PLC0415 - all tables are described in what it imports
    from app.database.tables import metadata  # noqa: PLC0415

    there = inspect(connection)
    tables = set(there.get_table_names())
    lacking: list[str] = []
    for table in metadata.sorted_tables:
        columns = (
            {column["name"] for column in there.get_columns(table.name)} if table.name in tables else set()
        )
        lacking += [f"{table.name}.{column.name}" for column in table.columns if column.name not in columns]
    return ", ".join(lacking)


def main() -> None:
    """`migrate`: bring the schema of DATABASE_URL up to date."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        sys.exit("DATABASE_URL is not set")
    try:
        applied = migrate(url)
    except Exception as error:
        sys.exit(_described(error))
    print(f"Applied {', '.join(applied)}." if applied else "The schema is up to date.")


def _described(error: Exception) -> str:
    """Say what failed, and in which line of which migration."""
    text = str(error.orig if isinstance(error, DBAPIError) else error).strip()
    if isinstance(error, SyntaxError):
        return f"{_relative(error.filename)}, line {error.lineno}: {error.msg}"
    frames = traceback.extract_tb(error.__traceback__)
    lines = [f"{_relative(frame.filename)}, line {frame.lineno}" for frame in frames]
    places = [line for line in lines if line.startswith("migrations/versions/")]
    return ": ".join([*places[-1:], text or type(error).__name__])


def _relative(file: str | None) -> str:
    path = Path(file or "")
    return path.relative_to(PROJECT).as_posix() if path.is_relative_to(PROJECT) else path.as_posix()


if __name__ == "__main__":
    main()
