"""Calls to a service with faults."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, cast

import pytest
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from prometheus_client import generate_latest

from app.context import RequestContext
from app.outbound import Outbound
from app.problem import Problem
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics, create_metrics
from tests.support.parts import eventually, some_context

TRACE_ID = 0x4BF92F3577B34DA6A3CE929D0E0E4736
SPAN_ID = 0x00F067AA0BA902B7

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]


class Service:
    """A service that answers as `handlers` say, one after another; the last one goes on."""

    def __init__(self) -> None:
        """Begin with nothing received."""
        self.handlers: list[Handler] = []
        self.received: list[str] = []
        self.now = 0
        self.most = 0
        self.ended = 0

    async def serve(self, reader: Reader, writer: Writer) -> None:
        """Answer one request of a connection, and close it."""
        self.received.append((await reader.readuntil(b"\r\n\r\n")).decode().lower())
        self.now += 1
        self.most = max(self.most, self.now)
        handler = self.handlers.pop(0) if len(self.handlers) > 1 else self.handlers[0]
        await handler(reader, writer)
        self.now -= 1
        self.ended += 1
        writer.close()


class Lines:
    """A log that keeps its warnings."""

    def __init__(self) -> None:
        """Begin without lines."""
        self.lines: list[dict[str, Any]] = []

    def warning(self, _: str, **line: object) -> None:
        """Keep a line."""
        self.lines.append(line)


def answer(status: int, headers: str = "", after_s: float = 0) -> Handler:
    async def handle(_: Reader, writer: Writer) -> None:
        await asyncio.sleep(after_s)
        head = f"HTTP/1.1 {status} x\r\ncontent-length: 6\r\nconnection: close\r\n{headers}\r\n"
        writer.write(f'{head}"done"'.encode())

    return handle


async def hang(reader: Reader, _: Writer) -> None:
    await reader.read()


async def reset(_: Reader, writer: Writer) -> None:
    writer.transport.abort()


@pytest.fixture
def service() -> Service:
    return Service()


@pytest.fixture
def metrics() -> Metrics:
    return create_metrics()


@pytest.fixture
def log() -> Lines:
    return Lines()


@pytest.fixture
async def outbound(
    service: Service, metrics: Metrics, log: Lines, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Outbound]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with await asyncio.start_server(service.serve, "127.0.0.1", 0) as server:
        base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        client = Outbound("rates", base_url, 0.5, metrics=metrics, log=cast("Log", log), connections=2)
        yield client
        await client.close()


async def failed(call: Awaitable[object]) -> str:
    """Return the type of the problem that it raises."""
    with pytest.raises(Problem) as caught:
        await call
    return caught.value.type


async def test_a_response_is_passed_on_and_the_trace_goes_along(
    service: Service, outbound: Outbound, metrics: Metrics
) -> None:
    service.handlers = [answer(404)]
    span = NonRecordingSpan(SpanContext(TRACE_ID, SPAN_ID, is_remote=False, trace_flags=TraceFlags(0)))
    response = await outbound.request(RequestContext("test", span, 10), "GET", "/latest")
    assert (response.status_code, response.json()) == (404, "done")
    assert f"traceparent: 00-{TRACE_ID:032x}-{SPAN_ID:016x}-00" in service.received[0]
    measured = generate_latest(metrics.registry).decode()
    assert 'http_client_request_duration_seconds_count{error_type="",http_request_method="GET"' in measured


async def test_an_attempt_that_fails_is_repeated_and_logged(
    service: Service, outbound: Outbound, log: Lines
) -> None:
    service.handlers = [answer(503), reset, answer(200)]
    assert (await outbound.request(some_context(), "GET", "/")).status_code == 200
    assert [(line["tried"], line["type"]) for line in log.lines] == [(1, "503"), (2, "RemoteProtocolError")]


async def test_what_is_not_idempotent_is_repeated_only_with_a_key(
    service: Service, outbound: Outbound
) -> None:
    service.handlers = [answer(503), answer(201)]
    assert await failed(outbound.request(some_context(), "POST", "/")) == "dependency-unavailable"
    assert len(service.received) == 1
    service.handlers = [answer(503), answer(201)]
    headers = {"Idempotency-Key": "one order"}
    response = await outbound.request(some_context(), "POST", "/", headers=headers)
    assert (response.status_code, len(service.received)) == (201, 3)


async def test_retry_after_is_kept_unless_it_is_too_long_to_wait(
    service: Service, outbound: Outbound
) -> None:
    service.handlers = [answer(429, "retry-after: 1\r\n"), answer(200)]
    started_at = time.monotonic()
    await outbound.request(some_context(), "GET", "/")
    assert time.monotonic() - started_at > 0.95
    later = format_datetime(datetime.now(UTC) + timedelta(minutes=1), usegmt=True)
    service.handlers = [answer(503, f"retry-after: {later}\r\n")]
    assert await failed(outbound.request(some_context(), "GET", "/")) == "dependency-unavailable"
    assert len(service.received) == 3


async def test_a_slow_attempt_ends_by_its_timeout(service: Service, outbound: Outbound, log: Lines) -> None:
    service.handlers = [hang, answer(200)]
    assert (await outbound.request(some_context(), "GET", "/")).status_code == 200
    assert [line["type"] for line in log.lines] == ["timeout"]


async def test_a_service_that_fails_is_left_alone_for_a_while(
    service: Service, outbound: Outbound, metrics: Metrics
) -> None:
    service.handlers = [answer(503)]
    for _ in range(8):
        assert await failed(outbound.request(some_context(), "POST", "/")) == "dependency-unavailable"
    assert len(service.received) == 5
    assert 'circuit_breaker_state{name="rates"} 2.0' in generate_latest(metrics.registry).decode()


async def test_it_ends_with_the_request_that_it_is_made_for(
    service: Service, outbound: Outbound, log: Lines
) -> None:
    service.handlers = [hang]
    assert await failed(outbound.request(some_context(0.1), "GET", "/")) == "deadline-exceeded"
    call = asyncio.create_task(outbound.request(some_context(), "GET", "/"))
    await eventually(lambda: len(service.received) == 2, 10)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await eventually(lambda: service.ended == 2, 10)
    service.handlers = [answer(503, "retry-after: 2\r\n")]
    assert await failed(outbound.request(some_context(0.3), "GET", "/")) == "deadline-exceeded"
    # None of them counts as a failure of the service.
    assert len(log.lines) == 1


async def test_no_more_requests_than_connections_are_under_way(service: Service, outbound: Outbound) -> None:
    service.handlers = [answer(200, after_s=0.02)]
    await asyncio.gather(*(outbound.request(some_context(), "GET", "/") for _ in range(8)))
    assert (service.most, len(service.received)) == (2, 8)


async def test_a_transaction_is_never_kept_waiting(service: Service, outbound: Outbound) -> None:
    context = some_context()
    with context.transaction(), pytest.raises(RuntimeError, match="within a transaction"):
        await outbound.request(context, "GET", "/")
    assert service.received == []
