"""The file, and what every connection to it needs."""

from pathlib import Path
from typing import Final
from urllib.parse import unquote

SETTINGS: Final = "pragma journal_mode = wal; pragma synchronous = normal; pragma foreign_keys = on;"


def path_of(database_url: str) -> Path:
    """Return the path of a `file:` URL, and make the folder that it is in."""
    path = Path(unquote(database_url.removeprefix("file:").removeprefix("//")))
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
