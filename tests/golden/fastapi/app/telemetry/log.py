"""The log: one JSON object a line on standard output."""

import logging
import traceback
from collections.abc import Callable
from typing import TextIO, cast

import orjson
import structlog
from structlog.processors import EventRenamer, JSONRenderer, TimeStamper, add_log_level
from structlog.typing import FilteringBoundLogger

from app.config import Config

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


def create_log(config: Config, stream: TextIO | None = None) -> Log:
    """A log of that level (LOG_LEVEL) for that service, in `stream` or on standard output; `event_name` becomes the field
    `event`.
    """
    # In UTF-8 whatever the locale. The handler goes on when a line cannot be written, as on a full disk.
    stream = stream or open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    output = logging.Logger("log")  # noqa: LOG001 (its level and stream are those of one instance)
    output.addHandler(logging.StreamHandler(stream))
    logger = structlog.wrap_logger(
        output,
        processors=[
            add_log_level,
            TimeStamper(fmt="iso", key="timestamp"),
            EventRenamer("message", replace_by="event_name"),
            JSONRenderer(_json, default=_described, option=orjson.OPT_NON_STR_KEYS),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[config.LOG_LEVEL]),
        context_class=dict,
    )
    # Bound at once: the proxy that structlog makes would look its configuration up with every line.
    return cast("Log", logger.bind(service=config.OTEL_SERVICE_NAME))


def _json(line: object, default: Callable[[object], object], option: int) -> str:
    return orjson.dumps(line, default, option).decode()


def _described(value: object) -> object:
    """An error as its type, its message and its stack, which is one text with line breaks; anything else as text."""
    if not isinstance(value, BaseException):
        return str(value)
    stack = "".join(traceback.format_exception(value)).rstrip()
    return {"type": type(value).__name__, "message": str(value), "stack": stack}
