"""Gives each request its context, and leaves a log line, a measurement and a span behind."""

from time import perf_counter
from typing import Final

from opentelemetry.trace import StatusCode
from prometheus_client import Histogram
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uuid_utils import uuid4

from app.context import RequestContext
from app.http.client_address import client_address
from app.http.headers import common_headers, request_id
from app.services import Services
from app.telemetry.trace import span_id, trace_id
from app.telemetry.tracing import start_server_span

UNMATCHED: Final = "unmatched"
"""Route of a request that no route takes: one name for all of them bounds the number of time series."""
CLIENT_GONE: Final = 499
"""Status in logs and metrics of a request whose client went away before the end of the response."""


class RequestLog:
    """The outermost middleware. HEAD is GET for everything inside; the server sends no body for it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._series: dict[tuple[str, str, int], Histogram] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        method: str = scope["method"]
        headers = Headers(scope=scope)
        context = _context_of(scope, headers, services)
        inner = {**scope, "method": "GET" if method == "HEAD" else method, "state": {"context": context}}

        async def send_response(message: Message) -> None:
            if message["type"] == "http.response.start":
                context.status = message["status"]
                services.shedding.end(context)
                given = {name for name, _ in message["headers"]}
                message["headers"] += [
                    (key, value.encode("latin-1"))
                    for name, value in context.response_headers.items()
                    if (key := name.encode()) not in given
                ]
            elif not message.get("more_body"):
                context.finished = True
            await send(message)

        services.shedding.begin(context)
        try:
            await self._app(inner, receive, send_response)
        finally:
            services.shedding.end(context)
            route = inner.get("route")
            self._record(services, method, UNMATCHED if route is None else route.path_format, context)

    def _record(self, services: Services, method: str, route: str, context: RequestContext) -> None:
        status = context.status if context.finished else CLIENT_GONE
        seconds = perf_counter() - context.started_at
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = services.metrics.request_duration.labels(method, route, str(status))
            self._series[key] = series
        series.observe(seconds)
        span = context.span
        services.log.info(
            "request",
            requestId=context.request_id,
            traceId=trace_id(span),
            spanId=span_id(span),
            method=method,
            route=route,
            status=status,
            durationMs=round(seconds * 1000, 3),
        )
        if span.is_recording():
            span.update_name(f"{method} {route}")
            span.set_attribute("http.route", route)
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
        span.end()


def _context_of(scope: Scope, headers: Headers, services: Services) -> RequestContext:
    config = services.config
    hops = config.TRUST_PROXY_HOPS
    peer = scope["client"]
    identifier = request_id(headers.get("x-request-id"), lambda: str(uuid4()))
    context = RequestContext(
        identifier,
        start_server_span(scope["method"], headers),
        config.REQUEST_TIMEOUT_MS / 1000,
        address=client_address(
            peer[0] if peer else None,
            ", ".join(headers.getlist("x-forwarded-for")) if hops else None,
            hops,
        ),
        path=scope["raw_path"].decode("latin-1"),
    )
    context.body_limit = config.BODY_LIMIT_BYTES
    context.response_headers = common_headers(identifier)
    if services.lifecycle.phase == "draining":
        context.response_headers["connection"] = "close"
    if "transfer-encoding" in headers or headers.get("content-length", "0") != "0":
        context.counted = "arriving"
    return context
