"""Requests that cost too much, or say one thing and mean another."""

import json
import time
from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, instance

JSON = {"content-type": "application/json"}


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    async with instance(surroundings) as started:
        yield started


async def post(api: Api, body: bytes | str, **headers: str) -> int:
    """The status of a request to make something, by a caller who may."""
    given = {**JSON, **api.by["editor"], **{name.replace("_", "-"): value for name, value in headers.items()}}
    return (await api.send("POST", api.list_path, body=body, headers=given)).status


async def test_a_body_has_a_greatest_depth(api: Api) -> None:
    assert await post(api, "[" * 32 + "]" * 32) == 422
    assert await post(api, '{"a":' * 32 + "1" + "}" * 32) == 422
    for depth in (33, 1000, 5000, 100_000):
        assert (depth, await post(api, "[" * depth + "]" * depth)) == (depth, 400)
        assert (depth, await post(api, '{"a":' * depth + "1" + "}" * depth)) == (
            depth,
            413 if depth > 50_000 else 400,
        )
    assert await post(api, "[" * 100_000) == 400


async def test_a_body_has_a_greatest_number_of_members(api: Api) -> None:
    members = {f"m{index}": index for index in range(1000)}
    answer = await api.send("POST", api.list_path, body=members, headers=api.by["editor"])
    assert answer.status == 422
    assert len(answer.body["errors"]) == 50
    assert await post(api, json.dumps(members | {"more": 1})) in {400, 422}
    for body in (members | {"more": 1}, {"a": [1] * 1000}, {"a": [[[0] * 400] * 3]}):
        refused = await api.send("POST", api.list_path, body=body, headers=api.by["editor"])
        assert refused.status == 400
        assert "malformed-request" in refused.body["type"]


async def test_large_bodies_are_refused_at_the_speed_of_the_parser(api: Api) -> None:
    wide = "{" + ",".join(f'"{index}":0' for index in range(20_000)) + "}"
    bodies = [wide, "[" * 100_000, "[" * 1031 + "0," * 100_000 + "0" + "]" * 1031, f'["\\ud800",{wide}]']
    began = time.process_time()
    for body in bodies * 8:
        assert await post(api, body) == 400
    assert time.process_time() - began < 5


async def test_a_body_is_utf_8(api: Api) -> None:
    for charset in ("iso-8859-1", '"ISO-8859-1"', "utf-16", "x; charset=utf-8"):
        assert (charset, await post(api, "{}", content_type=f"application/json; charset={charset}")) == (
            charset,
            415,
        )
    for charset in ("utf-8", '"UTF-8"', "utf-8; version=1"):
        assert (charset, await post(api, "{}", content_type=f"application/json;charset={charset}")) == (
            charset,
            422,
        )
    for wrong in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xe9"):
        answer = await api.send(
            "POST", api.list_path, body=b'{"a":"' + wrong + b'"}', headers=api.by["editor"]
        )
        assert (wrong, answer.status) == (wrong, 400)
        assert "malformed-request" in answer.body["type"]


async def test_a_body_is_not_encoded(api: Api) -> None:
    for coding in ("gzip", "br", "identity, gzip"):
        answer = await api.send(
            "POST", api.list_path, body="{}", headers={**api.by["editor"], "content-encoding": coding}
        )
        assert (coding, answer.status) == (coding, 415)
        assert answer.headers["accept-encoding"] == "identity"
    assert await post(api, "{}", content_encoding="Identity") == 422
    media_type = await api.send(
        "POST", api.list_path, body="a", headers={**api.by["editor"], "content-type": "text/plain"}
    )
    assert "accept-encoding" not in media_type.headers


async def test_a_request_that_is_shed_leaves_one_line_in_the_log(
    surroundings: dict[str, str], capfd: pytest.CaptureFixture[str]
) -> None:
    async with instance(surroundings | {"LOG_LEVEL": "info"}) as full:
        full.services.shedding.inflight += 1_000_000
        answer = await full.send("GET", full.list_path, headers={"x-request-id": "one-line-only"})
        full.services.shedding.inflight -= 1_000_000
    assert answer.status == 503
    lines = [json.loads(line) for line in capfd.readouterr().out.splitlines() if "one-line-only" in line]
    assert [(line["message"], line["status"]) for line in lines] == [("request", 503)]
    assert "error" not in lines[0]
