"""A schema that is not the one that the code expects."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import text
from structlog.testing import CapturingLogger

from app.database.migrate import alembic_config, migrate
from app.database.schema import SchemaCheck, missing_migrations
from app.database.schema_changes import schema_engine
from app.services import open_services
from tests.support.api import instance
from tests.support.database import temporary_database
from tests.support.parts import config_of, eventually


@pytest.fixture
def behind(surroundings: dict[str, str], database_server: str) -> Iterator[dict[str, str]]:
    """Return an environment whose database lacks the newest migration."""
    with temporary_database(database_server) as url:
        migrate(url)
        command.downgrade(alembic_config(url), "-1")
        yield {**surroundings, "DATABASE_URL": url}


async def test_while_it_is_behind_no_traffic_is_wanted(behind: dict[str, str]) -> None:
    async with instance(behind) as api:
        answer = await api.send("GET", "/readyz")
        assert answer.status == 503
        assert answer.body["status"] == "unavailable"
        assert answer.body["checks"]["schema"] == "down"
        assert answer.body["checks"]["database"] == "up"
        migrate(behind["DATABASE_URL"])

        async def ready() -> bool:
            now = await api.send("GET", "/readyz")
            return now.status == 200 and "schema" not in now.body["checks"]

        await eventually(ready, 30)


async def test_the_log_tells_once_what_is_missing_and_what_applies_it(behind: dict[str, str]) -> None:
    async with instance(behind) as api:
        log = CapturingLogger()
        check = SchemaCheck(api.services.database, log)
        assert [await check.is_behind(10), await check.is_behind(10)] == [True, True]
        newest = missing_migrations([])[-1]
        applied = migrate(behind["DATABASE_URL"])
        assert applied == [newest]
        assert await check.is_behind(10) is False
        error, info = log.calls
        assert error.args == ("the schema is behind",)
        assert error.kwargs["missing"] == [newest]
        assert error.kwargs["command"].endswith("-m app.database.migrate")
        assert info.args == ("the schema is up to date",)


async def test_an_empty_database_lacks_every_migration(
    surroundings: dict[str, str], database_server: str
) -> None:
    with temporary_database(database_server) as url:
        async with open_services(config_of({**surroundings, "DATABASE_URL": url})) as services:
            log = CapturingLogger()
            assert await SchemaCheck(services.database, log).is_behind(10)
            assert log.calls[0].kwargs["missing"] == missing_migrations([])
        assert migrate(url) == missing_migrations([])


async def test_one_that_is_ahead_is_served(behind: dict[str, str]) -> None:
    with schema_engine(behind["DATABASE_URL"]).begin() as connection:
        connection.execute(text("update alembic_version set version_num = 'newer'"))
    async with instance(behind) as api:
        assert (await api.send("GET", "/readyz")).status == 200
