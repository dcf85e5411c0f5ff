"""Databases for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from tempfile import TemporaryDirectory


@contextmanager
def database_server() -> Iterator[tuple[str, str]]:
    """Give a folder in the place of a server, which SQLite has not, and a note."""
    with TemporaryDirectory(prefix="test-sqlite-") as folder:
        yield f"file:{folder}/", "SQLite, a file for each test file"


@contextmanager
def temporary_database(server_url: str) -> Iterator[str]:
    """Give the URL of a file of its own."""
    yield f"{server_url}{token_hex(6)}.db"
