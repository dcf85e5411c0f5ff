"""Commands that use the settings and the database of development, which is started unless it runs."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.dev import database
from scripts.dev.environment import development_environment
from scripts.dev.server import exit_code_of


def migrate() -> None:
    """`migrate`: apply the migrations."""
    run("app.database.migrate")


def seed() -> None:
    """`seed`: put the sample rows of seeds/ into the database."""
    run("scripts.seed")


def reset() -> None:
    """`reset`: delete the data of development; the next start makes it anew."""
    try:
        print(database.reset(development_environment()))
    except RuntimeError as error:
        sys.exit(str(error))


@contextmanager
def development_database() -> Iterator[dict[str, str]]:
    """Give the settings of development with the database in them. Raises RuntimeError when it cannot be started."""
    environment = development_environment()
    prepared = database.prepare(environment)
    try:
        yield {**environment, **prepared.environment}
    finally:
        prepared.stop()


def run(module: str) -> None:
    """Run a module to its end, with the arguments of this process, and end with its exit code."""
    try:
        with development_database() as environment:
            code = exit_code_of(["-m", module, *sys.argv[1:]], environment)
    except RuntimeError as error:
        sys.exit(str(error))
    sys.exit(code)
