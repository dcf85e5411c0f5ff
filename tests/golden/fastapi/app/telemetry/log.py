"""The log: one JSON object a line on standard output."""

import logging
import traceback
from typing import cast

import orjson
import structlog
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper, add_log_level
from structlog.typing import FilteringBoundLogger

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

lines = LogLines()
flush_log = lines.flush


class Output:
    """What structlog hands finished lines to, by the name of the level."""

    def __init__(self, destination: LogLines) -> None:
        self.debug = self.info = self.warning = self.error = self.exception = destination.write


def create_log(config: Config, destination: LogLines = lines) -> Log:
    """A log of that level (LOG_LEVEL) for that service; `event_name` becomes the field `event`.

    `flush_log` empties its buffer before the process ends.
    """
    logger = structlog.wrap_logger(
        Output(destination),
        processors=[
            add_log_level,
            TimeStamper(fmt="iso", key="timestamp"),
            EventRenamer("message", replace_by="event_name"),
            JSONRenderer(orjson.dumps, default=_described, option=orjson.OPT_NON_STR_KEYS),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[config.LOG_LEVEL]),
        context_class=dict,
    )
    # Bound at once: the proxy that structlog makes would look its configuration up with every line.
    return cast("Log", logger.bind(service=config.OTEL_SERVICE_NAME))


def _described(value: object) -> object:
    """An error as its type, its message and its stack, which is one text with line breaks; anything else as text."""
    if not isinstance(value, BaseException):
        return str(value)
    stack = "".join(traceback.format_exception(value)).rstrip()
    return {"type": type(value).__name__, "message": str(value), "stack": stack}
