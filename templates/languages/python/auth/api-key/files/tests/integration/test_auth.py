"""API keys and roles."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.auth import keys
from app.auth.key_changes import KeyChanges, Purpose
from app.auth.key_format import new_key
from app.auth.keys import Key, instant
from app.auth.roles import roles_up_to
from app.problem import Problem
from tests.support.api import Answer, Api, instance, paths
from tests.support.parts import eventually, some_context

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    """Start an instance for the tests of this file."""
    async with instance({**surroundings, "API_KEY_LAST_USE_S": "1"}) as api:
        yield api


def changes(api: Api) -> KeyChanges:
    """Return what makes and ends keys."""
    return KeyChanges(api.services.database, "shop")


async def made(api: Api, expires_in: timedelta | None = None) -> tuple[Key, str]:
    """Make a key that may do everything."""
    expires_at = instant(datetime.now(UTC) + expires_in) if expires_in else None
    [key] = await changes(api).create(
        [Purpose("test", roles_up_to("admin"), expires_at, tenant="tests")], some_context()
    )
    return key


async def remove(api: Api, headers: dict[str, str]) -> Answer:
    """Delete what is not there."""
    path = next(path for path, methods in paths().items() if {"delete", "patch"} <= methods.keys())
    return await api.send("DELETE", path.replace("{id}", str(uuid4())), headers=headers)


async def status(api: Api, key: str) -> int:
    """Return what that answers to a key."""
    return (await remove(api, {"x-api-key": key})).status


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    """Have the checks of keys run as if it were that much later."""
    now = time.time() + seconds
    monkeypatch.setattr("app.auth.key_check.time", lambda: now)


async def test_a_key_is_taken_in_either_header_and_not_in_two_that_differ(api: Api) -> None:
    (_, key), (_, other) = await made(api), await made(api)
    for headers in (
        {"x-api-key": key},
        {"authorization": f"Bearer {key}"},
        {"authorization": f"bearer {key}", "x-api-key": key},
        {"authorization": "Basic YTpi", "x-api-key": key},
    ):
        assert (await remove(api, headers)).status == 404
    both = await remove(api, {"authorization": f"Bearer {key}", "x-api-key": other})
    assert (both.status, both.headers["www-authenticate"]) == (400, 'Bearer error="invalid_request"')


async def test_without_a_key_the_challenge_names_no_error(api: Api) -> None:
    answer = await remove(api, {})
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_a_reader_may_not_write_and_an_editor_may_not_delete(api: Api) -> None:
    for role, expected in (("reader", 403), ("editor", 403), ("admin", 404)):
        assert (await remove(api, api.by[role])).status == expected


async def test_whatever_is_wrong_with_a_key_the_answer_is_the_same(api: Api) -> None:
    _, key = await made(api)
    revoked, revoked_text = await made(api)
    await changes(api).revoke(revoked.id, some_context())
    _, expired = await made(api, -DAY)
    bodies = set()
    for wrong in (f"{key}x", key.lower(), new_key("shop"), revoked_text, expired, "shop", ""):
        answer = await remove(api, {"x-api-key": wrong})
        assert answer.status == 401, wrong
        assert 'error="invalid_token"' in answer.headers["www-authenticate"]
        bodies.add(answer.body["detail"])
    assert len(bodies) == 1


async def test_a_key_that_is_used_is_refused_soon_after_its_revocation_and_at_once_after_its_expiry(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key, text), (_, short) = await made(api), await made(api, DAY)
    assert (await status(api, text), await status(api, short)) == (404, 404)
    await changes(api).revoke(key.id, some_context())
    later(monkeypatch, 5)
    assert await status(api, text) == 401
    later(monkeypatch, DAY.total_seconds())
    assert await status(api, short) == 401


async def test_while_the_database_is_down_a_key_that_was_accepted_goes_on_for_a_time_and_another_does_not(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    (_, known), (_, unseen) = await made(api), await made(api)
    assert await status(api, known) == 404

    async def fail(*_: object) -> None:
        raise Problem("dependency-unavailable")

    async def check(key: str) -> object:
        found = api.services.auth.authenticate(key, some_context())
        return await found if asyncio.iscoroutine(found) else found

    monkeypatch.setattr(keys, "by_id", fail)
    later(monkeypatch, 10)
    assert await check(known)
    later(monkeypatch, 301)
    for key in (known, unseen):
        with pytest.raises(Problem, match="A dependency is not available"):
            await check(key)


async def test_many_requests_with_one_key_are_one_query(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    _, key = await made(api)
    asked: list[str] = []
    by_id = keys.by_id

    async def counted(database: Any, key_id: str, context: Any) -> Any:
        asked.append(key_id)
        return await by_id(database, key_id, context)

    monkeypatch.setattr(keys, "by_id", counted)
    await asyncio.gather(*(status(api, key) for _ in range(20)))
    await remove(api, {"authorization": f"Bearer {key}"})
    assert len(asked) == 1


async def test_keys_of_one_name_that_are_made_together_have_one_client(api: Api) -> None:
    purposes = [Purpose(name, roles_up_to("admin")) for name in ("shop", "shop", "other")]
    one, two, other = [key.client_id for key, _ in await changes(api).create(purposes, some_context())]
    assert one == two != other


async def test_a_rotated_key_lives_until_the_end_of_the_overlap(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, old_text = await made(api)
    following, text = await changes(api).rotate(old.id, DAY, some_context())
    assert (following.client_id, following.roles) == (old.client_id, old.roles)
    assert (await status(api, old_text), await status(api, text)) == (404, 404)
    later(monkeypatch, DAY.total_seconds() + 1)
    assert (await status(api, old_text), await status(api, text)) == (401, 404)


async def test_the_last_use_is_recorded_and_the_database_has_a_hash_of_a_key_alone(api: Api) -> None:
    key, text = await made(api)
    await status(api, text)

    async def recorded() -> bool:
        found = await keys.by_id(api.services.database, key.id, some_context())
        assert found is not None
        assert text[-38:-6] not in str(found)
        return found[0].last_used_at is not None

    await eventually(recorded, 60)


async def test_the_use_of_a_revoked_key_is_logged_with_its_id_and_without_the_key(
    surroundings: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    async with instance({**surroundings, "LOG_LEVEL": "info"}) as logged:
        key, text = await made(logged)
        await changes(logged).revoke(key.id, some_context())
        answer = await remove(logged, {"x-api-key": text})
    printed = capfd.readouterr().out
    assert text[-38:] not in printed
    [line] = [line for line in map(json.loads, printed.splitlines()) if "event" in line]
    expected = {
        "event": "authn_login_fail",
        "keyId": key.id,
        "reason": "revoked",
        "clientAddress": "127.0.0.1",
        "requestId": answer.headers["x-request-id"],
    }
    assert expected.items() <= line.items()


async def test_keys_are_made_listed_rotated_and_revoked_from_a_shell(
    api: Api, surroundings: dict[str, str]
) -> None:
    async def command(*arguments: str) -> tuple[int | None, str]:
        pipe = asyncio.subprocess.PIPE
        program = (sys.executable, "-m", "app.auth.key_command", *arguments)
        environment = {**os.environ, **surroundings}
        process = await asyncio.create_subprocess_exec(*program, env=environment, stdout=pipe, stderr=pipe)
        output, errors = await process.communicate()
        return process.returncode, (output or errors).decode()

    _, text = await command("create", "shell", "admin", "--expires", "1d", "--tenant", "acme", "--json")
    [key] = json.loads(text)
    assert key["tenant"] == "acme"
    assert await status(api, key["key"]) == 404
    _, text = await command("rotate", key["id"], "--overlap", "1h")
    assert "(shown once)" in text
    _, text = await command("list", "--json")
    mine = [each for each in json.loads(text) if each["name"] == "shell"]
    assert [(each["clientId"], each["tenant"]) for each in mine] == [(key["clientId"], "acme")] * 2
    assert (await command("create", "shell", "admin", "--tenant", "two words"))[0] == 2
    assert "key" not in mine[0]
    assert (await command("revoke", key["id"]))[0] == 0
    assert await command("revoke", "unknown") == (1, "There is no key with this id.\n")
    assert (await command("create", "shell", "owner"))[0] == 2
