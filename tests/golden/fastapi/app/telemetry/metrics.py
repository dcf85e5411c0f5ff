"""Everything that is measured, in one place. Names follow OpenTelemetry's conventions where there is one."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Metric,
    PlatformCollector,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.registry import Collector

# Bounds in seconds, as OpenTelemetry's HTTP conventions advise, with 10 s at the end.
DURATION_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10)
# Bounds in seconds for what a request waits for.
USE_TIME_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5)
LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)
POOL = "db_client_connection_pool_name"

# A time of creation for every series would double them.
disable_created_metrics()  # type: ignore[no-untyped-call]


class _Refresh(Collector):
    """Runs before all others, for what is cheaper to look up at a scrape than to count."""

    def __init__(self) -> None:
        self.callbacks: list[Callable[[], None]] = []

    def collect(self) -> Iterable[Metric]:
        for callback in self.callbacks:
            callback()
        return ()


@dataclass(slots=True, eq=False)
class Metrics:
    """The instruments of one process and the registry that holds them."""

    registry: CollectorRegistry
    request_duration: Histogram
    requests_active: Gauge
    requests_max: Gauge
    requests_shed: Counter
    outbound_duration: Histogram
    connections: Gauge
    connections_max: Gauge
    connections_pending: Gauge
    connection_use_time: Histogram
    connection_timeouts: Counter
    cache_requests: Counter
    rate_limited: Counter
    rate_limit_fallback: Counter
    breaker_state: Gauge
    loop_lag: Histogram
    _refresh: _Refresh

    def on_collect(self, collector: Callable[[], None]) -> None:
        """Runs at each scrape, in the thread of the metrics server."""
        self._refresh.callbacks.append(collector)


def create_metrics() -> Metrics:
    """New instruments in a registry of their own."""
    registry = CollectorRegistry()
    refresh = _Refresh()
    registry.register(refresh)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    GCCollector(registry=registry)

    def counter(name: str, text: str, *labels: str) -> Counter:
        return Counter(name, text, labels, registry=registry)

    def gauge(name: str, text: str, *labels: str) -> Gauge:
        return Gauge(name, text, labels, registry=registry)

    return Metrics(
        registry=registry,
        _refresh=refresh,
        request_duration=Histogram(
            "http_server_request_duration_seconds",
            "Time from the first byte of a request to the last of its answer.",
            ("http_request_method", "http_route", "http_response_status_code"),
            buckets=DURATION_BUCKETS,
            registry=registry,
        ),
        requests_active=gauge("http_server_active_requests", "Requests in progress."),
        requests_max=gauge(
            "http_server_active_requests_max",
            "Requests that may be in progress before new ones are answered 503.",
        ),
        requests_shed=counter(
            "http_server_shed_requests",
            "Requests answered 503 because the instance was busy.",
            "reason",
        ),
        outbound_duration=Histogram(
            "http_client_request_duration_seconds",
            "Time of an attempt to call another service.",
            ("server_address", "http_request_method", "http_response_status_code", "error_type"),
            buckets=DURATION_BUCKETS,
            registry=registry,
        ),
        connections=gauge(
            "db_client_connection_count",
            "Database connections by state.",
            POOL,
            "db_client_connection_state",
        ),
        connections_max=gauge(
            "db_client_connection_max", "Database connections that the pool may open.", POOL
        ),
        connections_pending=gauge(
            "db_client_connection_pending_requests",
            "Requests that wait for a database connection.",
            POOL,
        ),
        connection_use_time=Histogram(
            "db_client_connection_use_time_seconds",
            "Time between getting a database connection and giving it back.",
            (POOL,),
            buckets=USE_TIME_BUCKETS,
            registry=registry,
        ),
        connection_timeouts=counter(
            "db_client_connection_timeouts",
            "Requests that got no database connection in time.",
            POOL,
        ),
        cache_requests=counter(
            "cache_requests",
            "Cache reads by the level that answered and the outcome (hit, miss, stale).",
            "level",
            "outcome",
        ),
        rate_limited=counter("rate_limit_rejections", "Requests answered 429, by policy.", "policy"),
        rate_limit_fallback=counter(
            "rate_limit_fallback",
            "Requests limited by a local bucket because the shared one did not answer.",
        ),
        breaker_state=gauge(
            "circuit_breaker_state", "State of a breaker: 0 closed, 1 half-open, 2 open.", "name"
        ),
        loop_lag=Histogram(
            "asyncio_event_loop_lag_seconds",
            "How late the event loop runs what is due.",
            buckets=LAG_BUCKETS,
            registry=registry,
        ),
    )
