"""/metrics."""

from tests.support.process import free_port, process


async def test_metrics_are_served_on_a_port_of_their_own(surroundings: dict[str, str]) -> None:
    port = free_port()
    async with process(surroundings | {"MANAGEMENT_PORT": str(port)}) as client:
        assert (await client.get("/metrics")).status_code == 404
        metrics = await client.get(f"http://127.0.0.1:{port}/metrics")
        assert "http_server_request_duration_seconds" in metrics.text
        assert (await client.get(f"http://127.0.0.1:{port}/livez")).status_code == 404
        assert (await client.post(f"http://127.0.0.1:{port}/metrics")).status_code == 404
