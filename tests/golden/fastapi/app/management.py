"""The management port, which stays inside the network."""

import socket
from collections.abc import Iterable
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import CollectorRegistry, make_wsgi_app

from app.config import Config

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

_PATH: Final = "/metrics"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Log nothing: scrapes come all the time."""


def start_management(config: Config, registry: CollectorRegistry) -> None:
    """Serve /metrics alone, in threads, as collecting waits for the loop of the API.

    Raises OSError when the port is taken.
    """
    host, port = config.MANAGEMENT_HOST, config.MANAGEMENT_PORT
    kind = _Server6 if ":" in host else _Server
    server = make_server(host, port, _only(make_wsgi_app(registry)), kind, _Handler)
    Thread(target=server.serve_forever, daemon=True).start()


def _only(metrics: "WSGIApplication") -> "WSGIApplication":
    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if (environ["REQUEST_METHOD"], environ["PATH_INFO"]) == ("GET", _PATH):
            return metrics(environ, start_response)
        start_response("404 Not Found", [("Content-Length", "0")])
        return []

    return answer
