"""products, through the API."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from app.resources.products.models import FILTERABLE
from scripts.seed import seed
from tests.support.api import Answer, Api, instance
from tests.support.parts import eventually

PATH = "/v1/products"
SAMPLES: list[dict[str, Any]] = json.loads(
    r"""
[{"name":"Wireless keyboard","description":"Small, quiet and easy to carry.","price":"9.99","status":"active"},{"name":"Desk lamp","description":"Made to last, with parts that can be replaced.","price":"19.50","status":"archived"},{"name":"Coffee grinder","description":"A favourite of the last season.","price":"120.00","status":"draft"}]
"""
)
INVALID: dict[str, Any] = json.loads(
    r"""
{"name":5,"description":5,"price":9.99,"status":"not-one-of-them"}
"""
)
UNIQUES: list[str] = json.loads(
    r"""
[]
"""
)


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    # Seeds hold what other resources refer to.
    await asyncio.to_thread(seed, surroundings["DATABASE_URL"])
    async with instance(surroundings) as started:
        yield started


@pytest.fixture(scope="module")
async def other(surroundings: dict[str, str], api: Api) -> AsyncIterator[Api]:
    """A second instance, where instances share what they know."""
    if not surroundings["REDIS_URL"]:
        yield api
        return
    async with instance(surroundings) as started:
        yield started


class Bodies:
    """Makes valid bodies; unique fields get a value that no other has."""

    def __init__(self) -> None:
        self._made = 100

    def __call__(self) -> dict[str, Any]:
        sample = dict(SAMPLES[self.next() % len(SAMPLES)])
        return sample | {name: another(sample[name], self._made) for name in UNIQUES}

    def next(self) -> int:
        """A number that no other has."""
        self._made += 1
        return self._made


body = Bodies()


def another(value: Any, number: int) -> Any:
    if isinstance(value, int):
        return 1000 + number
    text = str(value)
    start = datetime(2027, 1, 1, tzinfo=UTC)
    if re.fullmatch(r"[0-9a-f-]{36}", text):
        return str(uuid4())
    if re.match(r"\d{4}-\d\d-\d\dT", text):
        return (start + timedelta(seconds=number)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return (start + timedelta(days=number)).date().isoformat()
    if re.fullmatch(r"\d+\.\d\d", text):
        return f"{1000 + number}.00"
    digits = f"{number:x}"
    return text[: max(0, len(text) - len(digits))] + digits


async def create(api: Api) -> dict[str, Any]:
    answer = await api.send("POST", PATH, body=body(), headers=api.by["editor"])
    assert answer.status == 201, answer.text
    created: dict[str, Any] = answer.body
    return created


async def test_a_new_one_is_answered_with_its_place_and_version_on_every_instance(
    api: Api, other: Api
) -> None:
    given = body()
    created = await api.send("POST", PATH, body=given, headers=api.by["editor"])
    assert created.status == 201, created.text
    assert created.body | given | {"version": 1} == created.body
    assert created.headers["location"] == f"{PATH}/{created.body['id']}"
    read = await other.send("GET", f"{PATH}/{created.body['id']}")
    assert read.body == created.body
    assert read.headers["etag"] == created.headers["etag"]


async def test_every_field_that_is_wrong_is_named_and_unknown_ones_are_refused(api: Api) -> None:
    answer = await api.send("POST", PATH, body={**INVALID, "surprise": 1}, headers=api.by["editor"])
    assert answer.status == 422
    pointers = {error["pointer"] for error in answer.body["errors"]}
    assert pointers >= {f"#/{name}" for name in [*INVALID, "surprise"]}


async def test_a_conflict_names_the_field(api: Api) -> None:
    async def conflict(name: str, value: object, code: str) -> None:
        answer = await api.send("POST", PATH, body=body() | {name: value}, headers=api.by["editor"])
        assert (name, answer.status) == (name, 409), answer.text
        told = [(error.get("pointer"), error["code"]) for error in answer.body["errors"]]
        assert told == [(f"#/{name}", code)]

    row = await create(api)
    for name in UNIQUES:
        if row[name] is not None:
            await conflict(name, row[name], "taken")


async def test_a_parameter_with_a_mistake_is_told_the_name_that_was_meant(api: Api) -> None:
    async def detail(query: str) -> str:
        told: str = (await api.send("GET", f"{PATH}?{query}")).body["errors"][0]["detail"]
        return told

    assert '"verison" is not one of id, ' in await detail("fields=id,verison")
    assert (await detail("fields=id,verison")).endswith("did you mean version?")
    assert (await detail("sort=-creatdAt")).startswith('"-creatdAt" is not one of ')
    assert (await detail("sort=-creatdAt")).endswith("did you mean -createdAt?")
    assert await detail("limt=5") == "is not known here; did you mean limit?"
    assert (await detail("fields=%3Cb%3E")).startswith("a name is not one of ")


async def test_what_is_no_identifier_or_of_nothing_is_404(api: Api) -> None:
    assert (await api.send("GET", f"{PATH}/no-uuid")).status == 404
    assert (await api.send("GET", f"{PATH}/{uuid4()}")).status == 404


async def test_a_client_that_has_the_version_is_told_so(api: Api) -> None:
    row = await create(api)

    async def ask(tag: str) -> int:
        return (await api.send("GET", f"{PATH}/{row['id']}", headers={"if-none-match": tag})).status

    for tag in ('"1"', 'W/"1"', '"0", "1"', "*"):
        assert (tag, await ask(tag)) == (tag, 304)
    assert await ask('"2"') == 200


async def test_a_change_is_made_only_in_the_version_that_it_is_meant_for(api: Api) -> None:
    row = await create(api)
    name = next(iter(SAMPLES[0]))

    async def patch() -> Answer:
        headers = {**api.by["editor"], "if-match": '"1"'}
        return await api.send("PATCH", f"{PATH}/{row['id']}", body={name: body()[name]}, headers=headers)

    answers = await asyncio.gather(patch(), patch())
    assert sorted(answer.status for answer in answers) == [200, 412]
    assert (await api.send("GET", f"{PATH}/{row['id']}")).body["version"] == 2


async def test_a_change_is_refused_in_a_version_that_it_is_not_meant_for(api: Api) -> None:
    row = await create(api)
    target = f"{PATH}/{row['id']}"

    async def change(method: str, target: str, tag: str) -> int:
        given = None if method == "DELETE" else body()
        headers = {**api.by["admin"], "if-none-match": tag}
        return (await api.send(method, target, body=given, headers=headers)).status

    for method in ("PUT", "PATCH", "DELETE"):
        for tag in ("*", '"1"', 'W/"1"', '"7", "1"'):
            assert (method, tag, await change(method, target, tag)) == (method, tag, 412)
        assert await change(method, f"{PATH}/{uuid4()}", "*") == 404
    assert (await api.send("GET", target)).body == row
    assert await change("PUT", target, '"7"') == 200
    assert await change("DELETE", target, '"1"') == 204


async def test_an_update_on_one_instance_is_seen_on_the_other_within_a_second(api: Api, other: Api) -> None:
    row = await create(api)
    await other.send("GET", f"{PATH}/{row['id']}")
    changed = await api.send("PUT", f"{PATH}/{row['id']}", body=body(), headers=api.by["editor"])
    assert changed.status == 200, changed.text

    async def seen() -> bool:
        return bool((await other.send("GET", f"{PATH}/{row['id']}")).body["version"] == 2)

    await eventually(seen, 1)


async def test_what_is_deleted_is_gone(api: Api) -> None:
    row = await create(api)
    target = f"{PATH}/{row['id']}"
    # Many clients name the type of a body that they do not send.
    headers = {**api.by["admin"], "content-type": "application/json"}
    assert (await api.send("DELETE", target, headers=headers)).status == 204
    assert (await api.send("GET", target)).status == 404
    assert (await api.send("DELETE", target, headers=api.by["admin"])).status == 404


async def test_a_request_that_is_repeated_with_its_key_is_carried_out_once(api: Api, other: Api) -> None:
    given = body()
    headers = {**api.by["editor"], "idempotency-key": str(uuid4())}
    both = (api, other)
    answers = await asyncio.gather(
        *(both[index % 2].send("POST", PATH, body=given, headers=headers) for index in range(20))
    )
    created = [answer for answer in answers if answer.status == 201]
    assert len({answer.body["id"] for answer in created}) == 1
    assert {answer.status for answer in answers} <= {201, 409}
    again = await other.send("POST", PATH, body=given, headers=headers)
    assert again.headers["idempotent-replayed"] == "true"
    assert again.text == created[0].text
    changed = await api.send("POST", PATH, body=body(), headers=headers)
    assert changed.status == 422
    assert "idempotency-key-reused" in changed.body["type"]


async def test_a_walk_over_the_pages_meets_every_row_once_while_rows_come_and_go(api: Api) -> None:
    rows = [(await create(api))["id"] for _ in range(7)]
    met: list[str] = []
    target: str | None = f"{PATH}?limit=3&sort=createdAt"
    while target and len(met) < 200:
        page = await api.send("GET", target)
        assert page.status == 200, page.text
        met += [row["id"] for row in page.body["data"]]
        link = page.headers.get("link")
        assert (link is not None) == (page.body["meta"]["nextCursor"] is not None)
        target = re.findall(r"<([^>]+)>", link)[0] if link else None
        # The row under the cursor goes away, and a new one comes.
        if len(met) == 3:
            await api.send("DELETE", f"{PATH}/{met[2]}", headers=api.by["admin"])
        if len(met) < 30:
            await create(api)
    assert [met.count(row) for row in rows] == [1] * len(rows)


async def test_parameters_are_checked_not_bent(api: Api) -> None:
    queries = ["limit=0", "limit=101", "limit=-1", "limit=abc", "sort=nothing"]
    for query in [*queries, "fields=nothing", "unknown=1"]:
        assert (query, (await api.send("GET", f"{PATH}?{query}")).status) == (query, 400)
    cursor = (await api.send("GET", f"{PATH}?limit=1&sort=createdAt")).body["meta"]["nextCursor"]
    foreign = await api.send("GET", f"{PATH}?sort=-createdAt&cursor={cursor}")
    assert "invalid-cursor" in foreign.body["type"]
    tampered = await api.send("GET", f"{PATH}?sort=createdAt&cursor=x{cursor}")
    assert tampered.status == 400


async def test_only_the_fields_that_are_asked_for_are_answered(api: Api) -> None:
    row = await create(api)
    one = await api.send("GET", f"{PATH}/{row['id']}?fields=id,version")
    assert one.body == {"id": row["id"], "version": 1}
    page = await api.send("GET", f"{PATH}?fields=id&limit=1")
    assert list(page.body["data"][0]) == ["id"]


async def walk(api: Api, query: str) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    rows: list[dict[str, Any]] = []
    target: str | None = f"{PATH}?limit=40&{query}"
    while target:
        page = await api.send("GET", target)
        assert page.status == 200, page.text
        rows += page.body["data"]
        link = page.headers.get("link")
        target = re.findall(r"<([^>]+)>", link)[0] if link else None
    return rows


async def test_a_list_is_filtered_by_values_ranges_and_some_values(api: Api) -> None:
    rows = [await create(api), await create(api)]
    for parameter in FILTERABLE:
        field, _, operator = parameter.removesuffix("]").partition("[")
        values = [row[field] for row in rows if row[field] is not None]
        for value in values:
            given = ",".join(map(str, values)) if operator == "in" else json.dumps(value).strip('"')
            found = await walk(api, urlencode({parameter: given}))
            wanted = values if operator == "in" else [value]
            assert [row for row in found if not is_asked(row[field], operator, wanted)] == []
            met = {row["id"] for row in found}
            for row in rows:
                assert (parameter, row["id"] in met) == (parameter, is_asked(row[field], operator, wanted))


def is_asked(own: Any, operator: str, wanted: list[Any]) -> bool:
    if own is None or operator not in {"gte", "lt"}:
        return own in wanted
    return bool((own >= wanted[0]) == (operator == "gte"))


async def test_a_cursor_is_good_for_its_filters_alone_and_their_values_are_checked(api: Api) -> None:
    row = await create(api)
    await create(api)

    def since(time: str) -> str:
        return f"{PATH}?limit=1&sort=createdAt&createdAt[gte]={time}"

    page = (await api.send("GET", since(row["createdAt"]))).body
    assert page["data"][0]["createdAt"] >= row["createdAt"]
    foreign = await api.send("GET", f"{since('2026-01-01T00:00:00Z')}&cursor={page['meta']['nextCursor']}")
    assert "invalid-cursor" in foreign.body["type"]
    refused = [f"{name}=no-value" for name in FILTERABLE if name.endswith(("[gte]", "[lt]"))]
    for name in FILTERABLE:
        if name.endswith("[in]"):
            one = urlencode({name: row[name.removesuffix("[in]")] or ""})
            refused += [f"{one}&{one}", f"{name}={','.join(['1'] * 21)}"]
    for query in refused:
        assert (query, (await api.send("GET", f"{PATH}?{query}")).status) == (query, 400)
