"""Spans below that of the request."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from types import TracebackType

from opentelemetry.context import Context
from opentelemetry.trace import NoOpTracer, Span, SpanKind, StatusCode, Tracer, set_span_in_context
from opentelemetry.util.types import AttributeValue


class Current:
    """The tracer of the process; it does nothing until `start_tracing` has run."""

    tracer: Tracer = NoOpTracer()


current = Current()


class _ClientSpan(AbstractContextManager[Span]):
    def __init__(self, parent: Span, name: str, attributes: Mapping[str, AttributeValue]) -> None:
        self._span = current.tracer.start_span(
            name,
            kind=SpanKind.CLIENT,
            attributes=attributes,
            context=set_span_in_context(parent, Context()),
        )

    def __enter__(self) -> Span:
        return self._span

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if kind is not None:
            self._span.set_status(StatusCode.ERROR)
            self._span.set_attribute("error.type", kind.__name__)
        self._span.end()


def in_span(
    parent: Span, name: str, attributes: Mapping[str, AttributeValue]
) -> AbstractContextManager[Span]:
    """A client span under `parent` around a call to the database, the cache or another service:
    `with in_span(…): await …`. Nothing is made when the trace is not sampled: the span is the parent.
    """
    return _ClientSpan(parent, name, attributes) if parent.is_recording() else nullcontext(parent)


def trace_id(span: Span) -> str:
    """The id of the span's trace as W3C Trace Context writes it: 32 hexadecimal digits."""
    return f"{span.get_span_context().trace_id:032x}"


def span_id(span: Span) -> str:
    """The id of the span: 16 hexadecimal digits."""
    return f"{span.get_span_context().span_id:016x}"
