"""How late the event loop is."""

import asyncio

from app.telemetry.metrics import Metrics

RESOLUTION_S = 0.02


class LoopDelay:
    """Measures by a timer of the running loop: what it is late by, any other work on the loop is late by, too."""

    def __init__(self, metrics: Metrics) -> None:
        self._observe = metrics.loop_lag.observe
        self._loop = asyncio.get_running_loop()
        self._late_s = 0.0
        self._samples = 0
        self._due = 0.0
        self._schedule()

    def mean_ms(self) -> float:
        """The mean delay since the last call, in milliseconds."""
        mean = 1000 * self._late_s / self._samples if self._samples else 0.0
        self._late_s = 0.0
        self._samples = 0
        return mean

    def close(self) -> None:
        """Ends the measuring."""
        self._timer.cancel()

    def _schedule(self) -> None:
        self._due = self._loop.time() + RESOLUTION_S
        self._timer = self._loop.call_at(self._due, self._sample)

    def _sample(self) -> None:
        late_s = max(0.0, self._loop.time() - self._due)
        self._observe(late_s)
        self._late_s += late_s
        self._samples += 1
        self._schedule()
