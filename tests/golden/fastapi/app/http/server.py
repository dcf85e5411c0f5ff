"""uvicorn, with the settings of this API and a drain."""

import asyncio
import os
import signal
import socket
from types import FrameType
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.services import Services

_CLOSING_S: Final = 3.0
"""What closing the services may take, once no request is in progress."""


class Protocol(HttpToolsProtocol):
    """Keeps the trailers of a body apart from the headers of its request (RFC 9110, section 6.5.1)."""

    def on_headers_complete(self) -> None:
        """Begin the request with the headers so far."""
        super().on_headers_complete()
        self.headers = []


class Server(uvicorn.Server):
    """Serves on for DRAIN_DELAY_MS after SIGTERM or SIGINT: balancers need that time to notice."""

    def __init__(self, app: ASGIApp, services: Services) -> None:
        self._services = services
        config = services.config
        drain_s, end_s = config.DRAIN_DELAY_MS / 1000, config.SHUTDOWN_TIMEOUT_MS / 1000
        settings = uvicorn.Config(
            app,
            host=config.HOST,
            port=config.PORT,
            http=Protocol,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=config.KEEPALIVE_TIMEOUT_MS / 1000,  # type: ignore[arg-type]
            timeout_graceful_shutdown=max(1.0, end_s - drain_s - _CLOSING_S),  # type: ignore[arg-type]
        )
        super().__init__(settings)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and want traffic."""
        await super().startup(sockets)
        await self._services.lifecycle.begin()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain; signals that follow change nothing."""
        lifecycle, config = self._services.lifecycle, self._services.config
        if lifecycle.phase == "draining":
            return
        lifecycle.phase = "draining"
        loop = asyncio.get_running_loop()
        loop.call_later(config.DRAIN_DELAY_MS / 1000, setattr, self, "should_exit", True)
        loop.call_later(config.SHUTDOWN_TIMEOUT_MS / 1000, os._exit, 1)
        self._services.log.info("draining", signal=signal.Signals(sig).name)
