"""What Alembic runs for each command: how it connects, and which tables it compares (its tutorial's `env.py`)."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from logging.config import fileConfig

from alembic import context
from alembic.runtime.migration import MigrationInfo
from sqlalchemy import Connection, MetaData

from app.database import schema_changes
from app.database.tables import metadata

config = context.config
if config.cmd_opts is not None and config.config_file_name is not None:
    fileConfig(config.config_file_name, disable_existing_loggers=False)


def tables() -> MetaData | None:
    """Return what the database is compared with; `migrate` compares nothing, and need not import the whole API."""
    if "applied" in config.attributes:
        return None
    import app.main  # noqa: F401, PLC0415 - all tables are described in what it imports

    return metadata


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    """Leave out what is not of the API."""
    return kind != "table" or name != "alembic_seeds"


def on_version_apply(ctx: object, step: MigrationInfo, heads: object, run_args: object) -> None:
    """Tell `migrate` what was applied; Alembic gives the arguments by name."""
    config.attributes.get("applied", []).append(step.up_revision)


def run(connection: Connection) -> None:
    """Run the migrations on a connection that no other process has."""
    context.configure(
        connection=connection,
        target_metadata=tables(),
        compare_server_default=True,
        include_name=include_name,
        on_version_apply=on_version_apply,
        **schema_changes.OPTIONS,
    )
    with context.begin_transaction():
        context.run_migrations()


@contextmanager
def database_url() -> Iterator[str]:
    """Give the database of `migrate`, of DATABASE_URL, or of development, which is started unless it runs."""
    url = config.attributes.get("database_url") or os.environ.get("DATABASE_URL")
    if url:
        yield url
        return
    from scripts.commands import development_database  # noqa: PLC0415 - the image has no scripts

    with development_database() as environment:
        yield environment["DATABASE_URL"]


if context.is_offline_mode():
    context.configure(dialect_name=schema_changes.DIALECT, literal_binds=True)
    with context.begin_transaction():
        context.run_migrations()
else:
    with database_url() as url:
        schema_changes.alone(url, run)
