"""What every request passes, in the order of the contract, before and after the framework."""

import asyncio
from uuid import uuid4

from starlette.types import ASGIApp, Receive, Scope, Send

from app.context import Call
from app.contract import Operation
from app.http.admission import admit
from app.http.asked import Asked, read_headers
from app.http.client_address import client_address
from app.http.documents import documents_of
from app.http.headers import common_headers, cors_headers, preflight_headers, request_id
from app.http.json_body import parse_json, read_body
from app.http.negotiation import is_json
from app.http.problem_body import answer_problem
from app.http.record import Recorder
from app.http.routes import UNMATCHED, Match, RouteTable
from app.http.sender import Sender
from app.platform import Platform
from app.problem import Problem, deadline_exceeded
from app.telemetry.tracing import start_server_span

URI_LIMIT = 4096
"""Longest request target in characters; longer ones are answered 414."""

_LAST_RESORT_S = 0.1
"""What work that waits beyond its deadline is given to notice."""

_TRACE_HEADERS = (b"traceparent", b"tracestate")


class Exchange:
    """An ASGI application around that of the framework."""

    def __init__(self, app: ASGIApp, platform: Platform) -> None:
        self._app = app
        self._platform = platform
        contract = platform.contract
        self._documents = documents_of(contract)
        self._routes = RouteTable([*contract.paths, *self._documents])
        self._operations = {(entry.path, entry.method): entry for entry in contract.operations.values()}
        for (path, method), operation in list(self._operations.items()):
            if method == "GET":
                self._operations[path, "HEAD"] = operation
        self._allowed = {path: _allowed(methods) for path, methods in contract.paths.items()}
        self._allowed |= {path: _allowed(["GET"]) for path in self._documents}
        self._recorder = Recorder(platform.log, platform.metrics)
        self._config = platform.config
        self._timeout_s = platform.config.REQUEST_TIMEOUT_MS / 1000

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request. Whatever is raised on the way leaves as a problem."""
        path = scope["raw_path"].decode("latin-1")
        method = scope["method"]
        match = self._match(path)
        route = match.template if isinstance(match, Match) else UNMATCHED
        asked = self._begin(scope, path, method, route)
        call = asked.call
        shedding = self._platform.shedding
        sender = Sender(send, call, shedding.end)
        shedding.begin(call)
        try:
            await self._answer(scope, receive, sender, asked, match)
        except Exception as error:
            # The framework has answered what it raises on.
            if sender.status == 0:
                await sender.answer(*answer_problem(error, path, call, self._platform.log))
        finally:
            shedding.end(call)
            self._recorder.record(method, route, call, sender.status, finished=sender.finished)

    def _match(self, path: str) -> Match | Problem | None:
        try:
            return self._routes.match(path)
        except Problem as problem:
            return problem

    def _begin(self, scope: Scope, path: str, method: str, route: str) -> Asked:
        headers = read_headers(scope)
        traced = {
            name.decode(): headers[name].decode("latin-1") for name in _TRACE_HEADERS if name in headers
        }
        span = start_server_span(method, route, traced)
        given = headers.get(b"x-request-id")
        identifier = request_id(given.decode("latin-1") if given else None, lambda: str(uuid4()))
        call = Call(identifier, span, self._timeout_s)
        asked = Asked(method, path, scope["query_string"].decode("latin-1"), headers, call)
        peer = scope["client"]
        hops = self._config.TRUST_PROXY_HOPS
        forwarded = asked.header("x-forwarded-for") if hops else None
        call.address = client_address(peer[0] if peer else None, forwarded, hops)
        call.response_headers = common_headers(identifier)
        if b"origin" in headers:
            call.response_headers |= cors_headers(asked.header("origin"), self._config.CORS_ORIGINS) or {}
        if self._platform.lifecycle.phase == "draining":
            call.response_headers["connection"] = "close"
        call.counted = None if route in self._documents else "arriving" if asked.has_body else "inflight"
        return asked

    async def _answer(
        self, scope: Scope, receive: Receive, sender: Sender, asked: Asked, match: Match | Problem | None
    ) -> None:
        if isinstance(match, Problem):
            raise Problem("uri-too-long") if len(asked.target) > URI_LIMIT else match
        document = self._documents.get(match.template) if match else None
        if document is not None and asked.method in {"GET", "HEAD"}:
            await sender.answer(
                *document.answer(asked.header("accept-encoding"), asked.header("if-none-match"))
            )
            return
        operation = self._operations.get((match.template, asked.method)) if match else None
        if document is None and (operation is None or operation.rate_limit != "none"):
            self._platform.shedding.admit(arriving=asked.call.counted == "arriving")
            if len(asked.target) > URI_LIMIT:
                raise Problem("uri-too-long")
        if match is None:
            raise Problem("not-found")
        if operation is None:
            await self._answer_method(sender, asked, self._allowed[match.template])
            return
        asked.operation = operation
        asked.parameters = match.parameters
        await admit(self._platform, operation, asked)
        if operation.method != "GET":
            await self._take_body(receive, asked, operation)
        self._platform.shedding.arrived(asked.call)
        sender.on_success(operation.deprecation)
        last_resort = max(asked.call.deadline, asyncio.get_running_loop().time()) + _LAST_RESORT_S
        try:
            async with asyncio.timeout_at(last_resort):
                inner = {**scope, "method": operation.method, "asked": asked}
                await self._app(inner, receive, sender)
        except TimeoutError as error:
            raise deadline_exceeded() from error

    async def _answer_method(self, sender: Sender, asked: Asked, allow: str) -> None:
        if asked.method != "OPTIONS":
            raise Problem("method-not-allowed", headers={"allow": allow})
        cors = cors_headers(asked.header("origin"), self._config.CORS_ORIGINS)
        await sender.answer(204, {"allow": allow, **(preflight_headers(allow) if cors else {})})

    async def _take_body(self, receive: Receive, asked: Asked, operation: Operation) -> None:
        if not asked.has_body and (b"content-type" not in asked.headers or not operation.body_required):
            return
        asked.body = await read_body(receive, operation.body_limit(self._config.BODY_LIMIT_BYTES))
        if not asked.body and not operation.body_required:
            return
        if not is_json(asked.headers):
            raise Problem("unsupported-media-type")
        asked.json = parse_json(asked.body)


def _allowed(methods: list[str]) -> str:
    return ", ".join([*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
