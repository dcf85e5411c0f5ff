"""The database of development."""

from collections.abc import Mapping
from typing import Final

from app.database.file import path_of
from scripts.dev.prepared import Prepared

_USUAL: Final = "file:data/app.db"


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the file of DATABASE_URL, else one in data/."""
    url = environment.get("DATABASE_URL") or _USUAL
    return Prepared(f"Database: SQLite, {url}", {"DATABASE_URL": url})


def reset(environment: Mapping[str, str]) -> str:
    """Delete the data of development and say so."""
    file = path_of(environment.get("DATABASE_URL") or _USUAL)
    for suffix in ("", "-wal", "-shm"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)
    return f"Deleted {file}. The next start makes it anew."
