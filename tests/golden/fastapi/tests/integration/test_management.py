"""/metrics."""

from dataclasses import replace

import httpx
import pytest

from app import management
from app.http.server import HttpServer
from tests.support.api import instance


@pytest.mark.parametrize(
    ("settings", "host"), [({}, "127.0.0.1"), ({"MANAGEMENT_HOST": "0.0.0.0"}, "0.0.0.0")]
)
async def test_metrics_are_served_on_the_loopback_address_unless_another_is_named(
    surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch, settings: dict[str, str], host: str
) -> None:
    listening: list[tuple[str, int]] = []

    class Noted(HttpServer):
        """Notes where it listens."""

        async def start(self, host: str, port: int) -> int:
            bound = await super().start(host, port)
            listening.append((host, bound))
            return bound

    monkeypatch.setattr(management, "HttpServer", Noted)
    async with instance({**surroundings, "HOST": "0.0.0.0", **settings}) as api:
        config = api.services.config.model_copy(update={"MANAGEMENT_PORT": 0})
        server = await management.start_management(replace(api.services, config=config))
        [(bound_host, port)] = listening
        assert bound_host == host
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            close = {"connection": "close"}
            metrics = await client.get("/metrics", headers=close)
            assert "http_server_request_duration_seconds" in metrics.text
            assert (await client.get("/livez", headers=close)).status_code == 404
        await server.stop(10)
