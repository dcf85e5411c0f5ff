"""What tests share."""

from collections.abc import Iterator, Mapping
from secrets import token_hex

import pytest

from app.database.migrate import migrate
from scripts.dev import auth
from scripts.secrets import new_secrets
from tests.support import cache, database

_notes: list[str] = []


@pytest.fixture(scope="session")
def database_server() -> Iterator[str]:
    """Return the URL of the server, or the folder, in which tests make databases of their own."""
    with database.database_server() as (url, note):
        _notes.append(f"Database server: {note}")
        yield url


@pytest.fixture(scope="session")
def cache_url() -> Iterator[str | None]:
    """Return the URL of the store that instances share, or None where there is none."""
    with cache.shared_store() as (url, note):
        _notes.append(f"Shared store: {note}")
        yield url


@pytest.fixture(scope="session")
def sign_in() -> Iterator[Mapping[str, str]]:
    """Return the settings of the issuer that callers sign in at, where there is one."""
    prepared = auth.prepare({"PORT": "3000"})
    yield prepared.environment
    prepared.stop()


@pytest.fixture(scope="module")
def surroundings(
    database_server: str, cache_url: str | None, sign_in: Mapping[str, str]
) -> Iterator[dict[str, str]]:
    """Return an environment in which instances share a database, a store and their secrets."""
    with database.temporary_database(database_server) as url:
        migrate(url)
        yield {
            **new_secrets(),
            **sign_in,
            "APP_ENV": "development",
            "DATABASE_URL": url,
            "REDIS_URL": cache_url or "",
            # Tests that run at the same time must not count each other's requests.
            "CACHE_PREFIX": token_hex(6),
            "LOG_LEVEL": "silent",
            # A machine that stands still for a moment is not what the tests ask about.
            "MAX_EVENT_LOOP_DELAY_MS": "60000",
            "RATE_LIMIT_DEFAULT": "100000",
            "RATE_LIMIT_WRITE": "100000",
            "RATE_LIMIT_AUTH": "100000",
            "OTEL_TRACES_SAMPLER": "always_off",
        }


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests ran against."""
    for note in _notes:
        terminalreporter.write_line(note)
