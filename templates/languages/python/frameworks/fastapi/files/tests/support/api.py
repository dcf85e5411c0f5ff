"""Instances of the API in the process of the tests, each on a port of its own."""

import asyncio
import json
import re
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import yaml
from fastapi import FastAPI

from app.http.server import Server
from app.main import create_app
from app.services import Services
from tests.support.callers import callers
from tests.support.parts import config_of, eventually

Headers = Mapping[str, str]

_MERGE_PATCH = "application/merge-patch+json"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `body` is the value of a body in JSON."""

    status: int
    headers: httpx.Headers
    text: str
    body: Any


@dataclass(frozen=True, slots=True)
class Api:
    """An instance."""

    port: int
    app: FastAPI
    services: Services
    by: dict[str, dict[str, str]]
    """Headers of callers by role."""
    client: httpx.AsyncClient

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        headers: Headers | None = None,
        anonymous: bool = False,
    ) -> Answer:
        """Sends a request; one that reads is signed in where openapi.yaml asks for it, unless it is `anonymous`.

        A body that is no text or bytes is sent as JSON.
        """
        reads = method in {"GET", "HEAD"} and not anonymous
        given = {**(self.reading(path) if reads else {}), **(headers or {})}
        content: bytes | str | None = None
        if body is not None:
            content = body if isinstance(body, bytes | str) else json.dumps(body)
            given.setdefault("content-type", _MERGE_PATCH if method == "PATCH" else "application/json")
        response = await self.client.request(method, path, content=content, headers=given)
        is_json = re.search(r"[/+]json\b", response.headers.get("content-type", ""))
        value = json.loads(response.content) if is_json and response.content else None
        return Answer(response.status_code, response.headers, response.text, value)

    def reading(self, target: str) -> Headers:
        """Headers of a caller who may read there."""
        return self.by[reader_of(target)]

    @property
    def list_path(self) -> str:
        """The first list of the contract: what holds for it holds for all."""
        return list_path()


@cache
def document() -> dict[str, Any]:
    """What openapi.yaml holds."""
    found: dict[str, Any] = yaml.safe_load(Path("openapi.yaml").read_text("utf-8"))
    return found


def paths() -> dict[str, dict[str, Any]]:
    """The paths of openapi.yaml."""
    found: dict[str, dict[str, Any]] = document()["paths"]
    return found


@dataclass(frozen=True, slots=True)
class Operation:
    """What openapi.yaml says of an operation."""

    method: str
    path: str
    open: bool
    """Whether callers need no credentials."""
    role: str | None
    policy: str


def operations() -> Iterator[Operation]:
    """The operations of openapi.yaml."""
    for path, item in paths().items():
        for method, operation in item.items():
            security = operation.get("security", document().get("security", []))
            usual = "default" if method == "get" else "write"
            yield Operation(
                method.upper(),
                path,
                not security or {} in security,
                operation.get("x-required-role"),
                operation.get("x-rate-limit", usual),
            )


def reader_of(target: str) -> str:
    """Who may read there, as far as openapi.yaml says: `nobody` needs to sign in, or a `reader`."""
    path = target.partition("?")[0]
    for operation in operations():
        form = re.sub(r"\\{\w+\\}", "[^/]*", re.escape(operation.path))
        if operation.method == "GET" and re.fullmatch(form, path):
            return "nobody" if operation.open else "reader"
    return "nobody"


def differences(written: object, made: object, place: str = "") -> Iterator[str]:
    """Where openapi.yaml and the document of the code differ."""
    if isinstance(written, dict) and isinstance(made, dict):
        for name in written.keys() | made.keys():
            inner = f"{place}/{name}"
            if name not in made:
                yield f"{inner}: only in openapi.yaml"
            elif name not in written:
                yield f"{inner}: only in the code"
            else:
                yield from differences(written[name], made[name], inner)
    elif written != made:
        yield f"{place}: {written!r} in openapi.yaml, {made!r} in the code"


@cache
def list_path() -> str:
    """The path of the first list that can be added to."""
    return next(path for path, methods in paths().items() if {"get", "post"} <= methods.keys())


@asynccontextmanager
async def instance(environment: Mapping[str, str]) -> AsyncIterator[Api]:
    """Starts an instance, and ends it."""
    config = config_of(environment)
    app = create_app(config)
    async with app.router.lifespan_context(app):
        services: Services = app.state.services
        server = Server(app, services)
        # Signals are those of the tests.
        server.capture_signals = nullcontext  # type: ignore[assignment]
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            serving = asyncio.create_task(server.serve([listener]))
            await eventually(lambda: server.started, 30)
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base, timeout=30, trust_env=False) as client:
                yield Api(port, app, services, await callers(config), client)
            server.should_exit = True
            await serving
