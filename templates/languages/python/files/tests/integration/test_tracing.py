"""Traces, from the caller to the collector."""

import gzip
import re
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.api import list_path, reader_of
from tests.support.callers import callers
from tests.support.parts import config_of, eventually
from tests.support.process import process

SPANS: list[Span] = []
TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"


class Collector(BaseHTTPRequestHandler):
    """Keeps the spans that it is sent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        if self.headers["content-encoding"] == "gzip":
            body = gzip.decompress(body)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            for scope in resource.scope_spans:
                SPANS.extend(scope.spans)
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def collector() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Collector)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
async def api(surroundings: dict[str, str], collector: str) -> AsyncIterator[httpx.AsyncClient]:
    settings = {
        "LOG_LEVEL": "info",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector,
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
    }
    async with process(surroundings | settings) as client:
        yield client


async def test_a_sampled_trace_goes_on_to_the_database_and_reaches_the_collector(
    surroundings: dict[str, str],
    api: httpx.AsyncClient,
) -> None:
    path = list_path()
    reader = (await callers(config_of(surroundings)))[reader_of(path)]
    await api.get(path, headers={**reader, "traceparent": f"00-{TRACE}-{PARENT}-01"})
    wanted = {Span.SPAN_KIND_SERVER, Span.SPAN_KIND_CLIENT}
    await eventually(lambda: wanted <= {span.kind for span in SPANS}, 5)
    entry = next(span for span in SPANS if span.kind == Span.SPAN_KIND_SERVER)
    assert entry.trace_id.hex() == TRACE
    assert entry.parent_span_id.hex() == PARENT
    assert entry.name == f"GET {path}"
    below = [span for span in SPANS if span.parent_span_id == entry.span_id]
    assert any(span.kind == Span.SPAN_KIND_CLIENT and span.trace_id == entry.trace_id for span in below)


async def test_a_malformed_traceparent_begins_a_trace_of_its_own(api: httpx.AsyncClient) -> None:
    answer = await api.get("/v1/nowhere", headers={"traceparent": "00-zz-1-01"})
    assert answer.status_code == 404
    assert re.fullmatch(r"(?!0{32})[0-9a-f]{32}", answer.json()["traceId"])
