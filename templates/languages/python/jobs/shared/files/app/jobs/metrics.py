"""What is measured of jobs."""

import asyncio
from contextlib import suppress
from time import monotonic
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

from app.background import background_context
from app.jobs.store import JobStore
from app.telemetry.metrics import Metrics

DURATION_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900)
_KEPT_S: Final = 5.0
_ANSWER_S: Final = 1.0


class JobMetrics:
    """Instruments of jobs. The table is counted when metrics are asked for, and at most every five seconds."""

    def __init__(self, metrics: Metrics, store: JobStore) -> None:
        """Add the instruments to those of the process; wants a running event loop."""
        registry = metrics.registry
        self.duration = Histogram(
            "job_duration_seconds",
            "Time of an attempt at a job.",
            ("kind", "outcome"),
            buckets=DURATION_BUCKETS,
            registry=registry,
        )
        self.attempts = Counter(
            "job_attempts",
            "Attempts at jobs, by what became of them.",
            ("kind", "outcome"),
            registry=registry,
        )
        self._depth = Gauge(
            "job_queue_depth", "Jobs that are not over, by status.", ("status",), registry=registry
        )
        self._oldest = Gauge("job_oldest_seconds", "Age of the oldest job that waits.", registry=registry)
        self._dead = Gauge(
            "job_dead_letters",
            "Jobs that have failed and wait for somebody to replay or discard them.",
            registry=registry,
        )
        self._store = store
        self._loop = asyncio.get_running_loop()
        self._counted_at = -_KEPT_S
        metrics.on_collect(self._collect)

    def _collect(self) -> None:
        # In the thread of the scrape.
        if monotonic() - self._counted_at < _KEPT_S:
            return
        self._counted_at = monotonic()
        counting = asyncio.run_coroutine_threadsafe(self._count(), self._loop)
        # The old numbers stay while the database does not answer.
        with suppress(Exception):
            counting.result(_ANSWER_S)

    async def _count(self) -> None:
        async with background_context() as context:
            counts = await self._store.counts(context)
        for status in ("queued", "running"):
            self._depth.labels(status).set(counts[status])
        self._oldest.set(float(counts["oldest"]))
        self._dead.set(counts["failed"])
