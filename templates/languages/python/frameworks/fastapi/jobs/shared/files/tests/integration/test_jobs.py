"""Background jobs, with a worker that takes them from the table."""

import asyncio
import csv
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from prometheus_client import generate_latest
from sqlalchemy import text

from app import background
from app.database.port import Row, Transaction
from app.database.query import compiled
from app.jobs import export, runner
from app.jobs.kinds import KINDS
from app.jobs.service import Jobs
from app.jobs.store import JobStore
from app.jobs.table import Job
from app.jobs.work import Done, JobError, Kind, Work
from app.unit_of_work import UnitOfWork
from scripts.dev.port import any_free_port
from scripts.seed import seed
from tests.support.api import Answer, Api, instance, list_path
from tests.support.parts import config_of, eventually, some_context
from tests.support.worker import worker

SOON_S = 60
MARKS = compiled("", text("select count(*) as count from idempotency_keys where principal = 'effect'"))
MARK = compiled(
    "",
    text(
        "insert into idempotency_keys (principal, key, fingerprint, status, headers, expires_at)"
        " values ('effect', :key, '', 200, '', now())"
    ),
)
HOLD = f"lock table {list_path().rpartition('/')[2].replace('-', '_')} in access exclusive mode"
EXPIRE = compiled("", text("update jobs set expires_at = now() where id = :id"))
DUPLICATE = compiled("", text("update jobs set publish_at = now() where id = :id"))


@pytest.fixture
def environment(surroundings: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """Return an environment in which jobs do not wait."""
    return surroundings | {
        "QUEUE_URL": "",
        "FILES_URL": tmp_path.as_uri(),
        "JOB_RELAY_MS": "20",
        "JOB_BACKOFF_MS": "1",
        "JOB_MAX_ATTEMPTS": "3",
    }


@pytest.fixture
async def api(environment: dict[str, str]) -> AsyncIterator[Api]:
    async with instance(environment) as started:
        yield started


async def export_of(api: Api, body: object = None, headers: Mapping[str, str] | None = None) -> Answer:
    """Ask for an export of the first resource, as a reader."""
    given = {**api.by["reader"], **(headers or {})}
    return await api.send("POST", f"{list_path()}/exports", body=body, headers=given)


async def over(api: Api, location: str, status: str = "succeeded") -> dict[str, Any]:
    """Wait until a job is over."""

    async def ended() -> bool:
        answer = await api.send("GET", location)
        assert answer.headers["cache-control"] == "no-store"
        found.update(answer.body)
        return answer.body["status"] == status and "retry-after" not in answer.headers

    found: dict[str, Any] = {}
    await eventually(ended, SOON_S)
    return found


async def add(api: Api, kind: str) -> str:
    """Add a job of any kind."""

    async def write(transaction: Transaction) -> Job:
        jobs: Jobs = api.app.state.jobs
        return await jobs.add(UnitOfWork(transaction), kind, {}, some_context())

    return f"/v1/jobs/{(await api.services.database.transaction(some_context(), write)).id}"


async def change(api: Api, query: Any, location: str) -> None:
    """Change the row of a job."""

    async def write(transaction: Transaction) -> list[Row]:
        return await transaction.query(query, {"id": location.rpartition("/")[2]})

    await api.services.database.transaction(some_context(), write)


async def test_an_export_has_all_rows_as_they_are_read(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await asyncio.to_thread(seed, environment["DATABASE_URL"])
    monkeypatch.setattr(export, "PAGE", 2)
    listed = (await api.send("GET", f"{list_path()}?limit=100&sort=createdAt")).body["data"]
    rows = sorted(listed, key=lambda row: str(row["id"]))
    accepted = await export_of(api)
    assert (accepted.status, accepted.body["status"]) == (202, "queued")
    assert accepted.headers["location"] == f"/v1/jobs/{accepted.body['id']}"
    assert accepted.headers["retry-after"] == "1"
    location = accepted.headers["location"]
    assert (await api.send("GET", f"{location}/result")).status == 404
    as_csv = (await export_of(api, {"format": "csv"})).headers["location"]
    async with worker(environment):
        job = await over(api, location)
        await over(api, as_csv)
    assert (job["attempts"], job["progress"], job["error"]) == (1, {"done": len(rows)}, None)
    result = await api.send("GET", job["result"]["href"])
    assert result.headers["content-type"] == job["result"]["contentType"] == "application/x-ndjson"
    assert int(result.headers["content-length"]) == job["result"]["bytes"]
    assert [json.loads(line) for line in result.text.splitlines()] == rows
    table = await api.send("GET", f"{as_csv}/result", headers={"accept": "text/csv"})
    assert table.headers["content-disposition"].endswith('.csv"')
    lines = list(csv.reader(table.text.splitlines(keepends=True)))
    assert lines[0] == list(rows[0])
    assert [line[0] for line in lines[1:]] == [row["id"] for row in rows]


async def test_a_key_makes_one_job_and_wrong_formats_none(api: Api) -> None:
    key = {"idempotency-key": str(uuid4())}
    one, other = await export_of(api, headers=key), await export_of(api, headers=key)
    assert one.body["id"] == other.body["id"]
    assert other.headers["idempotent-replayed"] == "true"
    assert (await export_of(api, {"format": "xml"})).status == 422


async def test_what_is_cancelled_is_not_done(environment: dict[str, str], api: Api) -> None:
    location = (await export_of(api)).headers["location"]
    assert (await api.send("DELETE", location, headers=api.by["reader"])).status == 204
    async with worker(environment):
        done = (await export_of(api)).headers["location"]
        await over(api, done)
        assert (await api.send("GET", location)).body["status"] == "cancelled"
    assert (await api.send("DELETE", done, headers=api.by["reader"])).status == 204
    assert (await api.send("GET", done)).body["status"] == "succeeded"


async def test_a_job_that_runs_ends_when_it_is_cancelled(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = asyncio.Event()

    async def wait_for_ever(work: Work) -> Done:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return Done()

    monkeypatch.setattr(runner, "KINDS", {"test.wait": wait_for_ever})
    location = await add(api, "test.wait")
    async with worker(environment | {"JOB_LEASE_S": "1"}):
        await over_as(api, location, "running")
        await api.send("DELETE", location, headers=api.by["admin"])
        async with asyncio.timeout(SOON_S):
            await ended.wait()


async def over_as(api: Api, location: str, status: str) -> None:
    """Wait for a status, as an administrator."""

    async def reached() -> bool:
        answer = await api.send("GET", location, headers=api.by["admin"])
        return bool(answer.body["status"] == status)

    await eventually(reached, SOON_S)


async def test_an_effect_happens_once_however_often_the_queue_names_the_job(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def have_effect(work: Work) -> Done:
        async def effect(transaction: Transaction) -> None:
            await transaction.query(MARK, {"key": str(uuid4())})

        return Done(effect=effect)

    monkeypatch.setattr(runner, "KINDS", {"test.effect": have_effect})
    location = await add(api, "test.effect")
    async with worker(environment) as one, worker(environment) as other:
        await asyncio.gather(*(jobs.runner.run(location[9:]) for jobs in (one, other) for _ in range(5)))
        await over_as(api, location, "succeeded")
    assert (await api.services.database.read(MARKS, {}, some_context()))[0]["count"] == 1


async def test_what_fails_is_tried_again_then_dead_and_others_go_on(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(work: Work) -> Done:
        raise RuntimeError("select secret from hosts")

    async def refuse(work: Work) -> Done:
        raise JobError("There is no room.")

    monkeypatch.setattr(runner, "KINDS", {**KINDS, "test.fail": fail, "test.refuse": refuse})
    locations = [await add(api, kind) for kind in ("test.fail", "test.refuse", "test.unknown")]
    done = (await export_of(api)).headers["location"]
    async with worker(environment) as jobs:
        for location in locations:
            await over_as(api, location, "failed")
        await over(api, done)
        metrics = generate_latest(api.services.metrics.registry)
        assert jobs.runner is not api.app.state.jobs.runner
    dead = [(await api.send("GET", location, headers=api.by["admin"])).body for location in locations]
    assert [job["attempts"] for job in dead] == [3, 3, 3]
    assert "secret" not in dead[0]["error"]
    assert dead[1]["error"] == "There is no room."
    assert "test.unknown" in dead[2]["error"]
    assert b"job_dead_letters" in metrics
    listed = await command(environment, "list", "failed")
    assert all(location[9:] in listed for location in locations)
    assert dead[1]["error"] in await command(environment, "show", locations[1][9:])
    assert await command(environment, "replay", locations[1][9:]) == "1 job will be tried again\n"
    assert await command(environment, "discard", "all") == "2 jobs deleted\n"
    assert await command(environment, "list", "failed") == "no jobs\n"
    refused = "there is no failed job " + locations[1][9:]
    assert refused in await command(environment, "discard", locations[1][9:], status=1)
    for wrong in ("show", "show 1", "list all", "list failed more", "drop all"):
        assert "usage" in await command(environment, *wrong.split(), status=1)
    assert (await api.send("GET", locations[0], headers=api.by["admin"])).status == 404
    assert (await api.send("GET", locations[1], headers=api.by["admin"])).body["status"] == "queued"


async def command(environment: Mapping[str, str], *arguments: str, status: int = 0) -> str:
    """Run `jobs` and return what it prints, on standard error if it fails."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app.jobs.command",
        *arguments,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    outputs = await process.communicate()
    assert process.returncode == status
    return outputs[status].decode()


async def test_a_worker_that_ends_gives_back_what_it_has_not_done(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds: dict[str, Kind] = {}
    monkeypatch.setattr(runner, "KINDS", kinds)

    async def wait_for_ever(work: Work) -> Done:
        await asyncio.Event().wait()
        return Done()

    async def end(work: Work) -> Done:
        return Done()

    kinds["test.long"] = wait_for_ever
    location = await add(api, "test.long")
    async with worker(environment):
        await over_as(api, location, "running")
    given_back = (await api.send("GET", location, headers=api.by["admin"])).body
    assert (given_back["status"], given_back["attempts"]) == ("queued", 0)
    kinds["test.long"] = end
    async with worker(environment):
        await over_as(api, location, "succeeded")


async def test_sigterm_ends_the_process_of_a_worker_in_time(environment: dict[str, str], api: Api) -> None:
    long = {"DB_STATEMENT_TIMEOUT_MS": "60000", "REQUEST_TIMEOUT_MS": "120000"}
    settings = {"MANAGEMENT_PORT": str(any_free_port()), "SHUTDOWN_TIMEOUT_MS": "10000", **long}
    location = (await export_of(api)).headers["location"]
    async with await psycopg.AsyncConnection.connect(environment["DATABASE_URL"]) as other:
        await other.execute(HOLD)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "app.worker", env={**os.environ, **environment, **settings}
        )
        try:
            await over_as(api, location, "running")
            process.terminate()
            async with asyncio.timeout(SOON_S):
                assert await process.wait() == 0
        finally:
            if process.returncode is None:
                process.kill()
    given_back = (await api.send("GET", location, headers=api.by["admin"])).body
    assert (given_back["status"], given_back["attempts"]) == ("queued", 0)


async def test_a_job_has_a_deadline_and_a_worker_that_died_counts(
    environment: dict[str, str], api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def wait_for_ever(work: Work) -> Done:
        await asyncio.Event().wait()
        return Done()

    monkeypatch.setattr(runner, "KINDS", {"test.long": wait_for_ever})
    late, died = [await add(api, "test.long") for _ in range(2)]
    short = environment | {"JOB_MAX_ATTEMPTS": "1", "JOB_LEASE_S": "1", "JOB_TIMEOUT_S": "1"}
    store = JobStore(api.services.database, config_of(short))
    assert await store.claim(died[9:], some_context())
    assert await store.claim(died[9:], some_context()) is None
    async with worker(short):
        await over_as(api, late, "failed")
        await over_as(api, died, "failed")
    errors = [(await api.send("GET", at, headers=api.by["admin"])).body["error"] for at in (late, died)]
    assert errors == ["The job took longer than 1 s.", "The worker ended before the job was done."]


async def test_nobody_else_sees_a_job(api: Api) -> None:
    if api.by["reader"] == api.by["editor"]:
        pytest.skip("nobody signs in")
    location = (await export_of(api)).headers["location"]
    for method, path in (("GET", location), ("GET", f"{location}/result"), ("DELETE", location)):
        answer = await api.send(method, path, headers=api.by["editor"])
        assert (answer.status, answer.body["detail"]) == (404, "Not found")
        assert (await api.send(method, path, anonymous=True)).status == 401
    assert (await api.send("GET", location, headers=api.by["admin"])).status == 200


async def test_jobs_that_are_over_expire_with_their_files(
    environment: dict[str, str], api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, done = [(await export_of(api)).headers["location"] for _ in range(2)]
    await change(api, EXPIRE, waiting)
    assert (await api.send("GET", waiting)).body["status"] == "queued"
    async with worker(environment):
        await over(api, done)
        await over(api, waiting)
    folder = tmp_path / "exports" / done[9:]
    assert folder.exists()
    await change(api, EXPIRE, done)
    for path in (done, f"{done}/result"):
        assert (await api.send("GET", path)).status == 404
    monkeypatch.setattr(background, "FIRST_PURGE_S", (0, 0))
    async with instance(environment):
        await eventually(lambda: not folder.exists(), SOON_S)
    assert (tmp_path / "exports" / waiting[9:]).exists()
