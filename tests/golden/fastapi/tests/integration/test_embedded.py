"""The PostgreSQL of development."""

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

import psycopg
import pytest

from scripts.dev.embedded import EmbeddedServer


@pytest.mark.skipif(
    "TEST_DATABASE_URL" in os.environ or "DATABASE_URL" in os.environ, reason="another server was given"
)
@pytest.mark.parametrize("locale", ["xx_XX.UTF-8", "C"])
def test_it_starts_with_utf8_whatever_the_locale_of_the_machine(
    locale: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANG", locale)
    monkeypatch.setenv("LC_ALL", locale)
    folder = Path(mkdtemp(prefix="test-locale-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "data")
    try:
        server.start()
        with psycopg.connect(server.create_database("app")) as connection:
            row = connection.execute(
                "select pg_encoding_to_char(encoding), datlocale, lower('É')"
                " from pg_database where datname = current_database()"
            ).fetchone()
        assert row == ("UTF8", "C.UTF-8", "é")
    finally:
        server.stop()
        shutil.rmtree(folder)
