"""What is read on a replica, and what is not."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from app.cache.port import MARKED_S
from app.database.migrate import migrate
from scripts.seed import seed
from tests.support.api import Api, instance
from tests.support.database import temporary_database
from tests.support.parts import eventually


@dataclass(frozen=True, slots=True)
class Place:
    """Instances whose replica has heard of nothing yet."""

    api: Api
    other: Api
    item: dict[str, Any]
    """What the primary has."""


@pytest.fixture
async def place(surroundings: dict[str, str], database_server: str) -> AsyncIterator[Place]:
    """Start as many instances as may run; a database without rows stands for the replica."""
    seed(surroundings["DATABASE_URL"])
    async with AsyncExitStack() as stack:
        async with instance(surroundings) as alone:
            item = (await alone.send("GET", alone.list_path)).body["data"][0]
        replica = stack.enter_context(temporary_database(database_server))
        migrate(replica)
        environment = {**surroundings, "DATABASE_REPLICA_URL": replica}
        api = await stack.enter_async_context(instance(environment))
        shared = surroundings["REDIS_URL"] != ""
        other = await stack.enter_async_context(instance(environment)) if shared else api
        yield Place(api, other, item)


async def test_lists_are_read_on_the_replica_and_what_the_caller_has_just_written_is_not(
    place: Place,
) -> None:
    api, other, item = place.api, place.other, place.item
    admin, path = api.by["admin"], f"{api.list_path}/{item['id']}"

    async def listed() -> list[dict[str, Any]]:
        answer = await other.send("GET", api.list_path, headers=admin)
        found: list[dict[str, Any]] = answer.body["data"]
        return found

    async def nothing_is_listed() -> bool:
        return await listed() == []

    # A store that has just begun to answer is not asked who has written.
    await eventually(nothing_is_listed, MARKED_S + 3)
    for _ in range(2):
        assert (await other.send("GET", path)).body == item

    system = {"id", "version", "createdAt", "updatedAt"}
    body = {name: value for name, value in item.items() if name not in system}
    written = await api.send("PUT", path, body=body, headers=admin)
    assert written.status == 200, written.text
    assert written.body in await listed()
    assert (await other.send("GET", f"{path}?fields=id", headers=admin)).body == {"id": item["id"]}
    assert (await other.send("GET", path)).body == written.body
