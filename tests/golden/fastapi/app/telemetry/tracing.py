"""OpenTelemetry: trace ids for the logs always, export over OTLP when a collector is configured."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress

from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import (
    ALWAYS_OFF,
    ALWAYS_ON,
    DEFAULT_OFF,
    DEFAULT_ON,
    ParentBased,
    Sampler,
    TraceIdRatioBased,
)
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from app.config import Config, SettingsError
from app.telemetry.trace import current

STOP_S = 3.0
FIXED_SAMPLERS: dict[str, Sampler] = {
    "always_on": ALWAYS_ON,
    "always_off": ALWAYS_OFF,
    "parentbased_always_on": DEFAULT_ON,
    "parentbased_always_off": DEFAULT_OFF,
}
RATIO_SAMPLERS = ("traceidratio", "parentbased_traceidratio")

_propagator = TraceContextTextMapPropagator()
_no_parent = Context()


def start_tracing(config: Config) -> Callable[[], Awaitable[None]]:
    """Starts OpenTelemetry. Spans are made by hand where a request enters and where database and cache are asked;
    patching every module costs several times more.

    Returns how to send what is left and stop, which takes three seconds at most.
    """
    resource = Resource.create({"service.name": config.OTEL_SERVICE_NAME})
    sampler = sampler_of(config.OTEL_TRACES_SAMPLER, config.OTEL_TRACES_SAMPLER_ARG)
    provider = TracerProvider(sampler, resource, shutdown_on_exit=False)
    if config.OTEL_EXPORTER_OTLP_ENDPOINT:
        exporter = OTLPSpanExporter(endpoint=f"{config.OTEL_EXPORTER_OTLP_ENDPOINT}/v1/traces")
        provider.add_span_processor(BatchSpanProcessor(exporter))
    current.tracer = provider.get_tracer("api")

    async def stop() -> None:
        # A thread that does not keep the process: a collector that hangs must not either.
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            provider.shutdown()
            # Nobody waits any more when it took too long.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(stopped.set)

        threading.Thread(target=shut_down, name="tracing", daemon=True).start()
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_S):
                await stopped.wait()

    return stop


def sampler_of(name: str, argument: str) -> Sampler:
    """Return the sampler that OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG name (OpenTelemetry, SDK variables).

    Raises SettingsError.
    """
    fixed = FIXED_SAMPLERS.get(name)
    if fixed:
        return fixed
    if name not in RATIO_SAMPLERS:
        known = ", ".join([*FIXED_SAMPLERS, *RATIO_SAMPLERS])
        raise SettingsError([f'OTEL_TRACES_SAMPLER must be one of {known}, not "{name}"'])
    try:
        share = TraceIdRatioBased(float(argument or 1))
    except ValueError as error:
        sentence = f'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1, not "{argument}"'
        raise SettingsError([sentence]) from error
    return share if name == "traceidratio" else ParentBased(share)


def start_server_span(method: str, headers: Mapping[str, str]) -> Span:
    """The span of a request; it continues the trace of a `traceparent` header that is well formed (W3C Trace Context).
    Names in `headers` are looked up in lower case. The route is known later.
    """
    parent = _propagator.extract(headers, _no_parent) if "traceparent" in headers else _no_parent
    return current.tracer.start_span(
        method, context=parent, kind=SpanKind.SERVER, attributes={"http.request.method": method}
    )
