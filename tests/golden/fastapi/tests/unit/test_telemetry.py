"""Log, metrics and trace ids."""

import errno
import io
import json
import logging
import re

import pytest
from opentelemetry.trace import INVALID_SPAN, NonRecordingSpan
from prometheus_client import generate_latest

from app.config import SettingsError
from app.telemetry.log import Log, create_log
from app.telemetry.metrics import create_metrics
from app.telemetry.standard_logging import Forwarding
from app.telemetry.trace import in_span, trace_id
from app.telemetry.tracing import sampler_of, start_server_span, start_tracing
from tests.support.parts import settings


class Captured:
    """A log whose lines a test can read."""

    def __init__(self, level: str = "info") -> None:
        self._stream = io.StringIO()
        self.log: Log = create_log(settings(LOG_LEVEL=level, OTEL_SERVICE_NAME="shop"), self._stream)

    def text(self) -> str:
        """Return what was written."""
        return self._stream.getvalue()


def test_a_line_is_one_json_object_whatever_is_in_it() -> None:
    captured = Captured()
    captured.log.info("two\nlines", path="/a\r\nb", count=1)
    captured.log.warning("100 %", n=2, event_name="named")
    lines = captured.text().splitlines()
    assert len(lines) == 2
    first, second = (json.loads(line) for line in lines)
    assert set(first) == {"level", "timestamp", "service", "path", "count", "message"}
    assert (first["level"], first["service"], first["message"]) == ("info", "shop", "two\nlines")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d+Z", first["timestamp"])
    assert (second["level"], second["event"], second["message"]) == ("warning", "named", "100 %")


def test_an_error_is_told_with_its_stack() -> None:
    captured = Captured()
    with pytest.raises(ValueError, match="Expecting") as raised:
        json.loads("{")
    captured.log.error("not read", error=raised.value)
    error_fields = json.loads(captured.text())["error"]
    assert error_fields["type"] == "JSONDecodeError"
    assert "test_telemetry.py" in error_fields["stack"]


def test_levels_below_are_not_logged() -> None:
    quiet, silent = Captured("error"), Captured("silent")
    for log in (quiet.log, silent.log):
        log.warning("a warning")
        log.error("an error")
    assert json.loads(quiet.text())["message"] == "an error"
    assert silent.text() == ""


class Full(io.StringIO):
    """A disk without space."""

    def write(self, _: str, /) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_line_that_cannot_be_written_raises_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    create_log(settings(LOG_LEVEL="info", OTEL_SERVICE_NAME="shop"), Full()).info("lost")
    assert "No space left on device" in capsys.readouterr().err


def test_libraries_are_heard_in_the_log() -> None:
    captured = Captured()
    handler = Forwarding(captured.log)
    handler.handle(logging.LogRecord("asyncio", logging.ERROR, "", 0, "100 %s", ("%d",), None))
    line = json.loads(captured.text())
    assert (line["level"], line["logger"], line["message"]) == ("error", "asyncio", "100 %d")


def test_metrics_have_their_names_and_no_time_of_creation() -> None:
    metrics = create_metrics()
    metrics.on_collect(lambda: metrics.requests_active.set(3))
    metrics.rate_limited.labels("write").inc()
    metrics.request_duration.labels("GET", "/v1/a", 200).observe(0.004)
    text = generate_latest(metrics.registry).decode()
    assert "http_server_active_requests 3.0" in text
    assert 'rate_limit_rejections_total{policy="write"} 1.0' in text
    assert re.search(
        r'http_server_request_duration_seconds_bucket\{.*http_route="/v1/a",le="0.005"\} 1.0', text
    )
    assert "_created" not in text


async def test_a_request_has_a_trace_id_also_when_it_is_not_sampled() -> None:
    stop = start_tracing(
        settings(
            OTEL_SERVICE_NAME="shop",
            OTEL_EXPORTER_OTLP_ENDPOINT="",
            OTEL_TRACES_SAMPLER="parentbased_always_off",
            OTEL_TRACES_SAMPLER_ARG="",
        )
    )
    spans = [start_server_span("GET", {}) for _ in range(2)]
    ids = {trace_id(span) for span in spans}
    assert len(ids) == 2
    assert all(re.fullmatch("(?!0{32})[0-9a-f]{32}", one) for one in ids)
    assert all(isinstance(span, NonRecordingSpan) for span in spans)
    parent = "4bf92f3577b34da6a3ce929d0e0e4736"
    joined = start_server_span("GET", {"traceparent": f"00-{parent}-00f067aa0ba902b7-00"})
    assert trace_id(joined) == parent
    malformed = start_server_span("GET", {"traceparent": "00-zz-1-01"})
    assert re.fullmatch("(?!0{32})[0-9a-f]{32}", trace_id(malformed))
    await stop()


@pytest.mark.parametrize(
    ("name", "argument", "said"),
    [("sometimes", "", "must be one of always_on, "), ("traceidratio", "2", "number from 0 to 1")],
)
def test_a_sampler_that_does_not_exist_is_refused(name: str, argument: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        sampler_of(name, argument)


def test_samplers_are_those_of_the_standard() -> None:
    descriptions = [
        sampler_of(name, "0.25").get_description()
        for name in ("always_off", "traceidratio", "parentbased_traceidratio")
    ]
    assert descriptions[:2] == ["AlwaysOffSampler", "TraceIdRatioBased{0.25}"]
    assert descriptions[2].startswith("ParentBased{root:TraceIdRatioBased{0.25}")


def test_nothing_is_made_below_a_span_that_does_not_record() -> None:
    with in_span(INVALID_SPAN, "GET", {}) as span:
        assert span is INVALID_SPAN
