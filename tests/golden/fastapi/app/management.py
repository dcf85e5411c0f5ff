"""/metrics on a port of its own, which stays inside the network."""

from starlette.types import Receive, Scope, Send

from app.http.server import HttpServer
from app.services import Services


async def start_management(services: Services) -> HttpServer:
    """Listens on MANAGEMENT_PORT."""
    metrics = services.metrics

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found = scope["method"] == "GET" and scope["path"] == "/metrics"
        body = metrics.expose() if found else b""
        headers = [(b"content-length", str(len(body)).encode())]
        if found:
            headers.append((b"content-type", metrics.content_type.encode()))
        await send({"type": "http.response.start", "status": 200 if found else 404, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    server = HttpServer(app, services.config)
    await server.start(services.config.MANAGEMENT_HOST, services.config.MANAGEMENT_PORT)
    return server
