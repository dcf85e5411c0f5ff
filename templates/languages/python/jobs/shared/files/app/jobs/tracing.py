"""A job belongs to the trace of the request that asked for it."""

from typing import Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from app.jobs.table import Job
from app.telemetry.trace import current, span_id, trace_id

_propagator: Final = TraceContextTextMapPropagator()


def trace_parent(span: Span) -> str:
    """Return the span as a `traceparent` (W3C Trace Context)."""
    return f"00-{trace_id(span)}-{span_id(span)}-{int(span.get_span_context().trace_flags):02x}"


def start_consumer_span(job: Job) -> Span:
    """Start the span of an attempt, below the request."""
    parent = _propagator.extract({"traceparent": job.trace_parent or ""}, Context())
    attributes: dict[str, AttributeValue] = {
        "job.id": job.id,
        "job.kind": job.kind,
        "job.attempt": job.attempts,
    }
    return current.tracer.start_span(
        f"process {job.kind}", context=parent, kind=SpanKind.CONSUMER, attributes=attributes
    )
