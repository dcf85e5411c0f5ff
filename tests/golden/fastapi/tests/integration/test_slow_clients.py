"""Slow clients, and clients that disconnect."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.support.api import Api, instance
from tests.support.parts import eventually
from tests.support.process import process
from tests.support.raw import head, statuses, unread

TIMEOUT_MS = "1000"
PAGE = "/docs/swagger-ui.js"
MANY = 10
MANY_PAGES = head("GET", PAGE) * MANY
"""More than the buffers of the system take."""


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str]) -> AsyncIterator[Api]:
    settings = {
        "REQUEST_TIMEOUT_MS": TIMEOUT_MS,
        "DB_STATEMENT_TIMEOUT_MS": "500",
        "MAX_INFLIGHT": "10",
    }
    async with instance(surroundings | settings) as started:
        yield started


async def dribble(api: Api, head: bytes) -> bytes:
    """Sends `head` at once and then a letter every 50 ms; returns what came back before the server closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    writer.write(head)
    answer = asyncio.create_task(reader.read())
    while not answer.done():
        writer.write(b"x")
        await asyncio.sleep(0.05)
    writer.close()
    return b"" if answer.exception() else answer.result()


def head_of_write(api: Api) -> bytes:
    """The head of a request whose body is to come."""
    headers = {
        "host": "api",
        "content-type": "application/json",
        "content-length": "2000",
        **api.by["admin"],
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f'POST {api.list_path} HTTP/1.1\r\n{lines}\r\n"'.encode()


async def test_who_sends_a_body_a_letter_at_a_time_is_answered_408_and_cut_off(api: Api) -> None:
    answer = await dribble(api, head_of_write(api))
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer


async def test_bodies_that_are_long_in_coming_do_not_count_as_work(api: Api) -> None:
    shedding = api.services.shedding
    slow = [asyncio.create_task(dribble(api, head_of_write(api))) for _ in range(20)]
    await eventually(lambda: shedding.arriving == 20, 5)
    assert (await api.send("GET", api.list_path)).status == 200
    await asyncio.gather(*slow)
    await eventually(lambda: shedding.arriving == 0, 5)


async def test_a_connection_that_is_kept_alive_may_rest(api: Api) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", api.port)
    request = b"GET /livez HTTP/1.1\r\nHost: api\r\n\r\n"
    for _ in range(2):
        writer.write(request)
        assert (await reader.readuntil(b"}")).startswith(b"HTTP/1.1 200 ")
        await asyncio.sleep(1.2)
    writer.close()


async def test_a_client_that_hangs_up_ends_the_work_for_it(api: Api) -> None:
    ended = asyncio.Event()

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    original = api.services.lifecycle.readiness
    api.services.lifecycle.readiness = wait_for_ever  # type: ignore[method-assign, assignment]
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", api.port)
        writer.write(b"GET /readyz HTTP/1.1\r\nHost: api\r\n\r\n")
        await asyncio.sleep(0.1)
        assert not ended.is_set()
        writer.close()
        async with asyncio.timeout(1):
            await ended.wait()
    finally:
        api.services.lifecycle.readiness = original  # type: ignore[method-assign]


async def test_a_client_that_reads_slowly_gets_all_of_it(api: Api) -> None:
    size = len((await api.send("GET", PAGE)).text) * MANY
    with unread(api.port, MANY_PAGES + head("GET", "/livez", {"connection": "close"})) as connection:
        loop = asyncio.get_running_loop()
        received = bytearray()
        slow_until = loop.time() + 4
        while part := await loop.sock_recv(connection, 65_536):
            received += part
            if loop.time() < slow_until:
                await asyncio.sleep(0.1)
    assert statuses(received) == [200] * (MANY + 1)
    assert len(received) > size


async def test_shutdown_cuts_off_clients_that_do_not_read(surroundings: dict[str, str]) -> None:
    settings = {"SHUTDOWN_TIMEOUT_MS": "5000"}
    idle = []
    try:
        # It has to end with exit code 0.
        async with process(surroundings | settings) as client:
            port = client.base_url.port
            assert port is not None
            idle = [unread(port, MANY_PAGES) for _ in range(5)]
            await asyncio.sleep(1)
    finally:
        for connection in idle:
            connection.close()
