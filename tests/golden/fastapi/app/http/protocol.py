"""HTTP/1.1 with limits on how long a client may take and how much it may send before anyone looks at it."""

import asyncio
import sys
from collections.abc import Sized
from contextlib import suppress
from fcntl import ioctl
from termios import TIOCOUTQ
from typing import Literal
from uuid import uuid4

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser
from starlette.types import ASGIApp
from uvicorn.config import Config as UvicornConfig
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from app.http.headers import common_headers
from app.http.problem_body import MEDIA_TYPE, problem_body
from app.problem import Problem

HEADERS_LIMIT = 16_384
"""Bytes of a request line and its headers; of a chunked body, bytes in a row that are no content, such as trailers."""

_LINGER_S = 0.5
"""How long what a client still sends is thrown away, after it has been told why nothing more is read."""

Part = Literal["headers", "body"]


class Limits:
    """How long a client may take, in seconds: for each part of a request from its first byte, and without progress for a
    response.
    """

    def __init__(self, headers_s: float, request_s: float, send_s: float) -> None:
        self.of: dict[Part, float] = {"headers": headers_s, "body": request_s}
        self.send_s = send_s


class _HeadersTooLargeError(Exception):
    """Ends the parsing."""


class _MalformedError(Exception):
    """Ends the parsing."""


class _Flow(FlowControl):
    """Reads on only when no request waits for its turn: clients could send ahead without end."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        if not self._waiting:
            super().resume_reading()


class LimitedProtocol(HttpToolsProtocol):
    """One connection. What never becomes a request is answered as a problem, like all that does."""

    def __init__(self, config: UvicornConfig, state: ServerState, limits: Limits) -> None:
        super().__init__(config, state, {})
        self._limits = limits
        self._part: Part | None = None
        """What is being read; None between requests."""
        self._timed: Part | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._began = 0.0
        self._rested_at = 0.0
        self._header_bytes = 0
        self._too_large = False
        self._refused = False
        self._held = False
        """Whether the next request waits until the client has taken more of the last response."""
        self._unsent = 0
        self._sent_at = 0.0
        self._task: asyncio.Task[None] | None = None

    @property
    def answering(self) -> bool:
        """Whether there is a request without the whole of its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    @property
    def idle_s(self) -> float:
        """Seconds since a request was last on its way or being answered; 0 while one is."""
        return self.loop.time() - self._rested_at if self._part is None and not self.answering else 0.0

    @property
    def working(self) -> bool:
        """Whether the application is at work on a request."""
        return self._task is not None and not self._task.done()

    def end_if_stuck(self, now: float) -> None:
        """Ends the connection if its client has taken nothing of a response for too long. Asked about once a second."""
        unsent = self.transport.get_write_buffer_size()
        if unsent:
            # The system holds megabytes of it, and asks for more only when a good part of them has been taken.
            with suppress(OSError):
                queued = ioctl(self.transport.get_extra_info("socket").fileno(), TIOCOUTQ, bytes(4))
                unsent += int.from_bytes(queued, sys.byteorder)
        if unsent == 0 or unsent < self._unsent:
            self._sent_at = now
        self._unsent = unsent
        if now - self._sent_at > self._limits.send_s:
            # A close would wait for the client, and keep the response in memory.
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport, self.pipeline)
        self._began = self._rested_at = self._sent_at = self.loop.time()
        self._time("headers")

    def connection_lost(self, exc: Exception | None) -> None:
        unfinished = self.answering
        super().connection_lost(exc)
        self._time(None)
        self._unset_keepalive_if_required()
        if unfinished and self._task is not None:
            self._task.cancel()

    def data_received(self, data: bytes) -> None:
        if not self._refused:
            self._take(data)

    def _take(self, data: bytes) -> None:
        if self._part is None and self._timed is None:
            self._began = self.loop.time()
        self._header_bytes += len(data)
        self._parse(memoryview(data))
        if self._refused or self.transport.is_closing():
            self._time(None)
        elif self._part is not None and self._header_bytes > HEADERS_LIMIT:
            self._refuse(Problem("header-fields-too-large"))
        elif self._part != self._timed:
            self._time(self._part)

    def _parse(self, data: memoryview) -> None:
        self._unset_keepalive_if_required()
        try:
            while True:
                try:
                    self.parser.feed_data(data)
                    break
                except HttpParserUpgrade as upgrade:
                    # The parser takes the rest for another protocol: another one reads the request without Upgrade.
                    data = data[upgrade.args[0] :]
                    given = self._head_without_upgrade()
                    self.parser = HttpRequestParser(self)
                    self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
                    self.parser.feed_data(given)
        except HttpParserError:
            self._refuse(Problem("header-fields-too-large" if self._too_large else "malformed-request"))

    def _head_without_upgrade(self) -> bytes:
        version = self.parser.get_http_version().encode()
        lines = [b"%s: %s\r\n" % pair for pair in self.headers if pair[0] != b"upgrade"]
        return b"%s %s HTTP/%s\r\n%s\r\n" % (self.parser.get_method(), self.url, version, b"".join(lines))

    def on_message_begin(self) -> None:
        self._part = "headers"
        self._header_bytes = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEADERS_LIMIT:
            self._too_large = True
            raise _HeadersTooLargeError
        # RFC 9112, section 3.2: a host is named, and a fragment is not sent.
        without_host = all(name != b"host" for name, _ in self.headers)
        if (without_host and self.parser.get_http_version() == "1.1") or b"#" in self.url:
            raise _MalformedError
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _MalformedError
            return
        self._part = "body"
        self._header_bytes = 0
        super().on_headers_complete()
        # What follows are trailers, which are no headers (RFC 9110, section 6.5.1).
        self.headers = []

    def on_body(self, body: bytes) -> None:
        self._header_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        if self._part == "headers":
            # The head of a request for another protocol, which is read again.
            return
        self._part = None
        super().on_message_complete()

    def on_response_complete(self) -> None:
        self._rested_at = self.loop.time()
        if self.flow.write_paused and not self.transport.is_closing():
            self._held = True
            self.flow.pause_reading()
        else:
            super().on_response_complete()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._held:
            self._held = False
            super().on_response_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGIApp) -> None:  # type: ignore[override]
        self._task = self.loop.create_task(cycle.run_asgi(app))  # type: ignore[arg-type]
        self.tasks.add(self._task)
        self._task.add_done_callback(self.tasks.discard)

    def _time(self, part: Part | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._timed = part
        if part is not None:
            self._timer = self.loop.call_at(self._began + self._limits.of[part], self._too_slow)

    def _too_slow(self) -> None:
        self._timer = None
        self._refuse(Problem("request-timeout"))

    def _refuse(self, problem: Problem) -> None:
        """Answers what is not to be read any further, unless an answer is on its way already, and hangs up."""
        self._time(None)
        answering = self.answering
        if not answering or (self._part == "body" and not self.cycle.response_started):
            self.transport.write(_answer(problem))
        if answering:
            self.cycle.disconnected = True
        # Closed at once, with bytes unread, the connection would be reset and the answer lost (RFC 9112, section 9.6).
        self._refused = True
        self.transport.write_eof()
        self._timer = self.loop.call_later(_LINGER_S, self.transport.close)


def _answer(problem: Problem) -> bytes:
    request_id = str(uuid4())
    body = problem_body(problem, request_id)
    headers = {
        "content-type": MEDIA_TYPE,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
        **common_headers(request_id),
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return STATUS_LINE[problem.status] + lines.encode() + b"\r\n" + body
