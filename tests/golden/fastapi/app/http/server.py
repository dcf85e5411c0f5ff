"""The HTTP server: uvicorn's protocol, started and stopped as this API needs it."""

import asyncio
import logging
from email.utils import formatdate

from starlette.types import ASGIApp
from uvicorn.config import Config as UvicornConfig
from uvicorn.server import ServerState

from app.config import Config
from app.http.protocol import LimitedProtocol, Limits

_POLL_S = 0.02
_IDLE_S = 0.25
_BACKLOG = 2048


class HttpServer:
    """Serves an ASGI application on one port."""

    def __init__(self, app: ASGIApp, config: Config) -> None:
        # What uvicorn has to say about a request is said by the request's own answer and log line.
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL + 1)
        self._config = UvicornConfig(
            app,
            interface="asgi3",
            lifespan="off",
            ws="none",
            http=LimitedProtocol,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=config.KEEPALIVE_TIMEOUT_MS / 1000,  # type: ignore[arg-type]
        )
        self._config.load()
        headers_s = config.HEADERS_TIMEOUT_MS / 1000
        self._limits = Limits(
            headers_s, headers_s + config.REQUEST_TIMEOUT_MS / 1000, config.SEND_TIMEOUT_MS / 1000
        )
        self._state = ServerState()
        self._server: asyncio.Server | None = None
        self._clock: asyncio.TimerHandle | None = None

    async def start(self, host: str, port: int) -> int:
        """Accepts connections from now on; returns the port, which is a free one when 0 was given."""
        loop = asyncio.get_running_loop()
        self._each_second()
        self._server = await loop.create_server(self._connection, host, port, backlog=_BACKLOG)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    def close_idle(self) -> None:
        """Closes the connections that have been idle for a while: a moment ago a request may have been sent on them."""
        for connection in self._connections():
            if connection.idle_s > _IDLE_S:
                connection.transport.close()

    async def stop(self, within_s: float) -> None:
        """Accepts nothing more, and returns when every request in progress has been answered.

        Answers have to say `Connection: close` by now. Clients that have not taken theirs after `within_s` seconds are
        cut off.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + within_s
        if self._server is not None:
            self._server.close()
        while self._state.connections or self._state.tasks:
            self.close_idle()
            if loop.time() > end:
                self._cut_off()
            await asyncio.sleep(_POLL_S)
        if self._clock is not None:
            self._clock.cancel()

    def _connection(self) -> LimitedProtocol:
        return LimitedProtocol(self._config, self._state, self._limits)

    def _connections(self) -> list[LimitedProtocol]:
        return [entry for entry in self._state.connections if isinstance(entry, LimitedProtocol)]

    def _cut_off(self) -> None:
        for connection in self._connections():
            if not connection.working:
                connection.transport.abort()

    def _each_second(self) -> None:
        self._state.default_headers = [(b"date", formatdate(usegmt=True).encode())]
        loop = asyncio.get_running_loop()
        now = loop.time()
        for connection in self._connections():
            connection.end_if_stuck(now)
        self._clock = loop.call_later(1.0, self._each_second)
