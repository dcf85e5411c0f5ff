"""What libraries tell the `logging` module, in the log of the service."""

import logging

from app.telemetry.log import Log


class Forwarding(logging.Handler):
    """Hands records on to the log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        fields: dict[str, object] = {"logger": record.name}
        if record.exc_info and record.exc_info[1]:
            fields["error"] = record.exc_info[1]
        write = self._log.error if record.levelno >= logging.ERROR else self._log.warning
        # Percent signs in the text are no placeholders: it goes without arguments.
        write(record.getMessage(), **fields)


def log_standard_logging(log: Log) -> None:
    """From now on warnings and errors of libraries are lines of the log."""
    root = logging.getLogger()
    root.handlers = [Forwarding(log)]
    root.setLevel(logging.WARNING)
