"""What is kept of a request when it is over: a line in the log, a measurement and the end of its span."""

from time import perf_counter

from opentelemetry.trace import StatusCode
from prometheus_client import Histogram

from app.context import Call
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics
from app.telemetry.trace import span_id, trace_id

_CLIENT_GONE = 499
"""Status in logs and metrics of a request whose client went away before its answer was complete."""


class Recorder:
    """Records requests."""

    def __init__(self, log: Log, metrics: Metrics) -> None:
        self._log = log
        self._metrics = metrics
        self._series: dict[tuple[str, str, int], Histogram] = {}

    def record(self, method: str, route: str, call: Call, status: int, *, finished: bool) -> None:
        """Takes the path template, and whether the answer was sent to its end."""
        status = status if finished else _CLIENT_GONE
        seconds = perf_counter() - call.started_at
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._metrics.request_duration.labels(method, route, str(status))
            self._series[key] = series
        series.observe(seconds)
        span = call.span
        self._log.info(
            "request",
            requestId=call.request_id,
            traceId=trace_id(span),
            spanId=span_id(span),
            method=method,
            route=route,
            status=status,
            durationMs=round(seconds * 1000, 3),
        )
        if span.is_recording():
            span.set_attribute("http.response.status_code", status)
            if status >= 500:
                span.set_status(StatusCode.ERROR)
        span.end()
