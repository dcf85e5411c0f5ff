"""Background jobs over a Redis that comes, goes and forgets."""

from pathlib import Path

import pytest
from redis import Redis

from scripts.dev.port import any_free_port
from tests.support.api import instance, list_path
from tests.support.parts import eventually
from tests.support.redis import redis_server
from tests.support.worker import worker


async def test_no_request_and_no_job_is_lost_while_the_queue_is_down(
    surroundings: dict[str, str], tmp_path: Path
) -> None:
    port = any_free_port()
    environment = surroundings | {
        "QUEUE_URL": f"redis://127.0.0.1:{port}",
        "FILES_URL": tmp_path.as_uri(),
        "JOB_RELAY_MS": "20",
        "JOB_REPUBLISH_S": "1",
    }
    locations: list[str] = []
    async with instance(environment) as api, worker(environment):

        async def ask() -> None:
            answer = await api.send("POST", f"{list_path()}/exports", headers=api.by["reader"])
            assert answer.status == 202
            locations.append(answer.headers["location"])

        async def all_done() -> bool:
            jobs = [await api.send("GET", location) for location in locations]
            return all((job.body["status"], job.body["attempts"]) == ("succeeded", 1) for job in jobs)

        await ask()
        ready = await api.send("GET", "/readyz")
        assert (ready.status, ready.body["status"]) == (200, "degraded")
        assert ready.body["checks"]["queue"] == "down"
        for _ in range(2):
            with redis_server(port) as url:
                if url is None:
                    pytest.skip("there is no redis-server to start")
                await ask()
                await eventually(all_done, 60)
                # The queue loses everything, the consumers as well.
                with Redis.from_url(url) as client:
                    client.flushall()
                await ask()
                await eventually(all_done, 60)
