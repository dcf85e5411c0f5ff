"""The API in a process of its own, as it is started in production."""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import httpx

from tests.support.parts import eventually


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def process(environment: Mapping[str, str]) -> AsyncIterator[httpx.AsyncClient]:
    """Starts the API, gives a client of it, and expects it to end well."""
    port = free_port()
    ports = {"HOST": "127.0.0.1", "PORT": str(port), "MANAGEMENT_PORT": str(free_port())}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "app",
        env={**os.environ, **ports, **environment, "DRAIN_DELAY_MS": "0"},
        stdout=asyncio.subprocess.DEVNULL,
    )

    async def answers() -> bool:
        try:
            return (await client.get("/livez")).is_success
        except httpx.TransportError:
            return False

    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            await eventually(answers, 120)
            yield client
        child.terminate()
        assert await child.wait() == 0
    finally:
        if child.returncode is None:
            child.kill()
