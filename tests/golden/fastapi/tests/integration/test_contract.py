"""What holds for every path of the contract."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from secrets import token_hex
from uuid import uuid4

import pytest
import yaml
from prometheus_client import generate_latest

from app.auth.roles import ROLES
from tests.support.api import Answer, Api, Operation, differences, document, instance, operations
from tests.support.callers import may_act


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    settings = {"BODY_LIMIT_BYTES": "2048", "CORS_ORIGINS": "https://app.example"}
    async with instance(surroundings | settings) as started:
        yield started


async def test_openapi_yaml_is_the_document_of_the_code(api: Api) -> None:
    made = (await api.send("GET", "/openapi.json")).body
    faults = sorted(differences(document(), made))
    assert not faults, "change the code, or make openapi.yaml of it: uv run openapi"
    assert yaml.safe_load((await api.send("GET", "/openapi.yaml")).text) == made


@pytest.mark.parametrize("operation", list(operations()), ids=lambda each: f"{each.method} {each.path}")
async def test_an_operation_asks_for_the_sign_in_role_and_limit_of_openapi_yaml(
    api: Api, operation: Operation
) -> None:
    async def send(caller: str) -> Answer:
        path = re.sub(r"\{\w+\}", str(uuid4()), operation.path)
        return await api.send(operation.method, path, headers=api.by[caller], anonymous=True)

    anonymous = await send("nobody")
    assert (anonymous.status == 401) is not operation.open
    told = re.match(r'"(.+?)"', anonymous.headers.get("ratelimit-policy", '"none"'))
    assert told is not None
    assert told[1] == operation.policy
    for caller in ROLES:
        allowed = operation.role is None or may_act(caller, operation.role)
        assert (caller, (await send(caller)).status == 403) == (caller, not allowed)


async def test_the_documentation_page_needs_no_other_host(api: Api) -> None:
    page = await api.send("GET", "/docs")
    assert page.status == 200
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert 'src="http' not in page.text
    assert 'href="http' not in page.text
    for asset in ("swagger-ui.js", "swagger-ui.css", "docs.js", "docs.css"):
        assert (await api.send("GET", f"/docs/{asset}")).status == 200


async def test_documents_are_sent_compressed_and_only_when_they_have_changed(api: Api) -> None:
    for path in ("/docs", "/docs/swagger-ui.js", "/openapi.yaml", "/openapi.json"):
        tags = set()
        for coding in ("identity", "gzip"):
            answer = await api.send("GET", path, headers={"accept-encoding": coding})
            assert answer.status == 200
            assert answer.headers.get("content-encoding", "identity") == coding
            assert "accept-encoding" in answer.headers["vary"]
            head = await api.send("HEAD", path, headers={"accept-encoding": coding})
            assert head.headers["content-length"] == answer.headers["content-length"]
            tag = answer.headers["etag"]
            tags.add(tag)
            known = {"accept-encoding": coding, "if-none-match": tag}
            again = await api.send("GET", path, headers=known)
            assert (again.status, again.text, again.headers["etag"]) == (304, "", tag)
            assert "content-security-policy" in again.headers
        assert len(tags) == 2


async def test_an_unknown_path_is_404_in_the_form_of_rfc_9457(api: Api) -> None:
    headers = {"x-request-id": "from-the-caller"}
    answer = await api.send("GET", "/v1/nowhere?secret=1", headers=headers)
    assert answer.status == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["x-request-id"] == "from-the-caller"
    assert "not-found" in answer.body["type"]
    assert answer.body["instance"] == "/v1/nowhere"
    assert answer.body["requestId"] == "from-the-caller"


async def test_a_wrong_method_is_405_and_says_which_are_right(api: Api) -> None:
    for method in ("DELETE", "QUERY"):
        answer = await api.send(method, api.list_path)
        assert (method, answer.status) == (method, 405)
        assert answer.headers["allow"] == "GET, POST, HEAD, OPTIONS"
    options = await api.send("OPTIONS", api.list_path)
    assert options.status == 204
    assert "POST" in options.headers["allow"]


async def test_head_is_get_without_a_body(api: Api) -> None:
    head, get = [await api.send(method, api.list_path) for method in ("HEAD", "GET")]
    assert head.status == 200
    assert head.text == ""
    assert head.headers["content-length"] == get.headers["content-length"]


async def test_a_body_that_cannot_be_read_is_refused_before_it_is_validated(api: Api) -> None:
    async def send(body: str, media_type: str = "application/json") -> int:
        headers = {**api.by["editor"], "content-type": media_type}
        return (await api.send("POST", api.list_path, body=body, headers=headers)).status

    assert await send('{"a":') == 400
    assert await send('{"a": NaN}') == 400
    assert await send('{"__proto__":{"admin":true}}') == 400
    assert await send('{"\\u005f_proto__":{"admin":true}}') == 400
    assert await send("\ufeff{}") == 422
    assert await send("<a/>", "application/xml") == 415
    assert await send(json.dumps("x" * 3000)) == 413
    accept = await api.send("GET", api.list_path, headers={"accept": "application/xml"})
    assert accept.status == 406


async def test_a_chunked_body_is_cut_at_the_limit(api: Api) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(4):
            yield b"x" * 1000

    headers = {**api.by["editor"], "content-type": "application/json"}
    response = await api.client.post(api.list_path, content=chunks(), headers=headers)
    assert response.status_code == 413


async def test_requests_that_are_sent_ahead_are_answered_in_order(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    last = b"GET /v1/nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    writer.write(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + last)
    answers = await reader.read()
    writer.close()
    assert answers.index(b"HTTP/1.1 200") < answers.index(b"HTTP/1.1 404")


async def test_answers_carry_the_security_headers_and_do_not_name_the_software(api: Api) -> None:
    headers = (await api.send("GET", api.list_path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "server" not in headers
    assert "x-powered-by" not in headers


async def test_only_listed_origins_may_call_from_a_browser(api: Api) -> None:
    name = "access-control-allow-origin"
    for origin, allowed in (("https://app.example", True), ("https://evil.example", False), ("null", False)):
        answer = await api.send("GET", api.list_path, headers={"origin": origin})
        assert answer.headers.get(name) == (origin if allowed else None)
        assert answer.headers["vary"].lower().count("origin") == 1
        preflight = {"origin": origin, "access-control-request-method": "POST"}
        asked = await api.send("OPTIONS", api.list_path, headers=preflight)
        assert (asked.status, asked.text, asked.headers.get(name)) == (204, "", origin if allowed else None)
        assert "content-type" not in asked.headers


async def test_probes_answer_and_metrics_are_not_on_this_port(api: Api) -> None:
    assert (await api.send("GET", "/livez")).body == {"status": "alive"}
    readiness = (await api.send("GET", "/readyz")).body
    assert readiness["status"] == "ready"
    assert readiness["checks"]["database"] == "up"
    assert (await api.send("GET", "/metrics")).status == 404


async def test_unknown_paths_add_no_time_series(api: Api) -> None:
    def series() -> int:
        lines = generate_latest(api.services.metrics.registry).decode().splitlines()
        return sum(line.startswith("http_server_request_duration_seconds_count") for line in lines)

    await api.send("GET", "/random/0")
    before = series()
    await asyncio.gather(*(api.send("GET", f"/random/{index}") for index in range(100)))
    assert series() == before


async def test_the_limit_holds_over_two_instances_and_tells_when_to_come_back(
    surroundings: dict[str, str], api: Api
) -> None:
    # A long window: nothing is refilled during the test.
    changed = {"CACHE_PREFIX": token_hex(6), "RATE_LIMIT_WRITE": "5", "RATE_LIMIT_WINDOW_S": "3600"}
    limited = surroundings | changed
    async with instance(limited) as one, instance(limited) as two:
        both = (one, two) if surroundings["REDIS_URL"] else (one, one)
        answers = [
            await both[index % 2].send("POST", api.list_path, body={}, headers=one.by["editor"])
            for index in range(8)
        ]
    assert [answer.status for answer in answers] == [422] * 5 + [429] * 3
    assert int(answers[-1].headers["retry-after"]) >= 1
    assert answers[-1].headers["x-ratelimit-limit"] == "5"


async def test_an_instance_that_is_full_refuses_at_once_but_its_probes_answer(api: Api) -> None:
    api.services.shedding.inflight += 1_000_000
    try:
        answer = await api.send("GET", api.list_path)
        assert answer.status == 503
        assert "overloaded" in answer.body["type"]
        assert "retry-after" in answer.headers
        assert (await api.send("GET", "/livez")).status == 200
    finally:
        api.services.shedding.inflight -= 1_000_000


async def test_while_draining_it_still_serves_says_so_and_closes_connections(api: Api) -> None:
    api.services.lifecycle.phase = "draining"
    try:
        assert (await api.send("GET", "/readyz")).status == 503
        answer = await api.send("GET", api.list_path)
        assert answer.status == 200
        assert answer.headers["connection"] == "close"
    finally:
        api.services.lifecycle.phase = "ready"
