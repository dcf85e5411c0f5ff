"""OpenTelemetry: trace ids for the logs always, export over OTLP when a collector is configured."""

import asyncio
import os
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.config import Config
from app.telemetry.trace import tracer

STOP_S = 3.0

_propagator = TraceContextTextMapPropagator()
_no_parent = Context()


def start_tracing(config: Config) -> Callable[[], Awaitable[None]]:
    """
    Starts OpenTelemetry. Spans are made by hand where a request enters and where database and cache are asked;
    patching every module costs several times more.

    Returns how to send what is left and stop, which takes three seconds at most.
    """
    # The SDK reads the standard variables itself; these are their defaults here.
    os.environ.setdefault("OTEL_TRACES_SAMPLER", config.OTEL_TRACES_SAMPLER)
    os.environ.setdefault("OTEL_TRACES_SAMPLER_ARG", config.OTEL_TRACES_SAMPLER_ARG)
    resource = Resource.create({"service.name": config.OTEL_SERVICE_NAME})
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    if config.OTEL_EXPORTER_OTLP_ENDPOINT:
        exporter = OTLPSpanExporter(endpoint=f"{config.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)

    async def stop() -> None:
        # A thread that does not keep the process: a collector that hangs must not either.
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            provider.shutdown()
            loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=shut_down, name="tracing", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await stopped.wait()

    return stop


def start_server_span(method: str, route: str, headers: Mapping[str, str]) -> Span:
    """
    The span of a request; it continues the trace of a `traceparent` header that is well formed (W3C Trace Context).
    Names in `headers` are in lower case.
    """
    parent = _propagator.extract(headers, _no_parent) if "traceparent" in headers else _no_parent
    return tracer.start_span(
        f"{method} {route}",
        context=parent,
        kind=SpanKind.SERVER,
        attributes={"http.request.method": method, "http.route": route},
    )
