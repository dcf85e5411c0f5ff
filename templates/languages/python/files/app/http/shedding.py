"""Refusing what could not be done in time."""

import asyncio
from math import inf

from app.config import Config
from app.context import RequestContext
from app.problem import Problem
from app.telemetry.loop_delay import LoopDelay
from app.telemetry.metrics import Metrics

_SAMPLE_S = 0.5
_ARRIVING_EACH = 16
"""Bodies that may be on their way, for each request that may be in progress: they take memory, but no work."""


class Shedding:
    """Counts what is in progress and refuses more than the instance can finish in time. Needs a running loop."""

    def __init__(self, config: Config, metrics: Metrics) -> None:
        self.inflight = 0
        """Requests that the instance works on."""
        self.arriving = 0
        """Requests whose body the instance waits for."""
        self._config = config
        self._metrics = metrics
        self._behind = False
        self._late = 0
        self._delay = LoopDelay(metrics)
        # A rate over a series that begins with its first event would miss that event.
        self._shed = {reason: metrics.requests_shed.labels(reason) for reason in ("event-loop", "inflight")}
        metrics.requests_max.set(config.MAX_INFLIGHT)
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(_SAMPLE_S, self._sample)

    def admit(self, *, arriving: bool) -> None:
        """Raises Problem `overloaded`. `arriving` says whether the body is still to come."""
        most = self._config.MAX_INFLIGHT
        full = self.inflight >= most or (arriving and self.arriving > _ARRIVING_EACH * most)
        if not full and not self._behind:
            return
        self._shed["event-loop" if self._behind else "inflight"].inc()
        detail = "The server has as much to do as it can."
        raise Problem("overloaded", detail=detail, headers={"retry-after": "1"})

    def begin(self, context: RequestContext) -> None:
        """Counts a request in."""
        if context.counted == "arriving":
            self.arriving += 1
        elif context.counted == "inflight":
            self.inflight += 1

    def arrived(self, context: RequestContext) -> None:
        """Counts a request as work once its body is there. Raises Problem `overloaded`.

        Slow uploads must not block others.
        """
        if context.counted == "inflight":
            return
        self.admit(arriving=False)
        self.end(context)
        context.counted = "inflight"
        self.begin(context)

    def end(self, context: RequestContext) -> None:
        """Counts a request out, once."""
        if context.counted == "arriving":
            self.arriving -= 1
        elif context.counted == "inflight":
            self.inflight -= 1
        context.counted = None

    def close(self) -> None:
        """Ends the sampling."""
        self._timer.cancel()
        self._delay.close()

    def _sample(self) -> None:
        # One late window is a start or a collection of garbage, not an overload.
        late = self._delay.mean_ms() > (self._config.MAX_EVENT_LOOP_DELAY_MS or inf)
        self._late = self._late + 1 if late else 0
        self._behind = self._late > 1
        self._metrics.requests_active.set(self.inflight)
        self._timer = self._loop.call_later(_SAMPLE_S, self._sample)
