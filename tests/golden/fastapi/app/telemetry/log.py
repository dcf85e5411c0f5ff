"""The log: one JSON object a line on standard output."""

import logging
import time
import traceback
from typing import cast

import orjson
import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

from app.config import Config
from app.telemetry.log_lines import LogLines

Log = FilteringBoundLogger

# Nothing is logged as critical, so that level lets nothing through.
LEVELS = {
    "trace": logging.NOTSET,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
    "silent": logging.CRITICAL,
}
LEVEL_NAMES = {"warning": "warn", "exception": "error"}

lines = LogLines()
flush_log = lines.flush


class Clock:
    """The time as ISO 8601 in UTC. Its text changes once a second, all but the milliseconds."""

    def __init__(self) -> None:
        self._second = 0
        self._up_to_second = ""

    def text(self) -> str:
        second, milliseconds = divmod(time.time_ns() // 1_000_000, 1000)
        if second != self._second:
            self._second = second
            self._up_to_second = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return f"{self._up_to_second}.{milliseconds:03}Z"


class Rendering:
    """Last step of a record: JSON with level, time and service first and the message last. `event_name` becomes `event`."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._clock = Clock()

    def __call__(self, _: WrappedLogger, method: str, record: EventDict) -> bytes:
        message = record.pop("event")
        if "event_name" in record:
            # `event` itself is what structlog calls the message.
            record["event"] = record.pop("event_name")
        error = record.get("error")
        if isinstance(error, BaseException):
            record["error"] = described(error)
        return orjson.dumps(
            {
                "level": LEVEL_NAMES.get(method, method),
                "timestamp": self._clock.text(),
                "service": self._service,
                **record,
                "message": message,
            },
            default=str,
            option=orjson.OPT_NON_STR_KEYS,
        )


class Output:
    """What structlog hands finished lines to, by the name of the level."""

    def __init__(self, destination: LogLines) -> None:
        self.debug = self.info = self.warning = self.error = self.exception = destination.write


def described(error: BaseException) -> dict[str, str]:
    """An error as fields: its type, its message and its stack, which is one text with line breaks."""
    stack = "".join(traceback.format_exception(error)).rstrip()
    return {"type": type(error).__name__, "message": str(error), "stack": stack}


def create_log(config: Config, destination: LogLines = lines) -> Log:
    """A log of that level (LOG_LEVEL) for that service. `flush_log` empties its buffer before the process ends."""
    logger = structlog.wrap_logger(
        Output(destination),
        processors=[Rendering(config.OTEL_SERVICE_NAME)],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[config.LOG_LEVEL]),
        context_class=dict,
    )
    # Bound at once: the proxy that structlog makes would look its configuration up with every line.
    return cast("Log", logger.bind())
