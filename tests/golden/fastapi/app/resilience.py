"""A circuit breaker: what does not answer is not asked for a while."""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType
from typing import Literal

from app.telemetry.metrics import Metrics

FAILURES_IN_A_ROW = 5
OPEN_S = 2.0

State = Literal["closed", "half-open", "open"]
STATE_NUMBERS: dict[State, int] = {"closed": 0, "half-open": 1, "open": 2}


class BreakerOpenError(Exception):
    """The call was refused at once: those before it failed."""


class Breaker:
    """Used as `with breaker: await …`. After five failures in a row it refuses at once; after two seconds it lets one
    call through, whose outcome decides. What is cancelled says nothing about the other side.

    `is_failure` says which errors count; others pass through, as they are answers.
    """

    def __init__(self, name: str, metrics: Metrics, is_failure: Callable[[BaseException], bool]) -> None:
        self._name = name
        self._is_failure = is_failure
        self._gauge = metrics.breaker_state.labels(name)
        self._state: State = "closed"
        self._failures = 0
        self._open_until = 0.0
        self._trying = False
        self._isolations = 0
        self._tell()

    def __enter__(self) -> None:
        if self._state == "closed" and not self._isolations:
            return
        if self._isolations or self._trying or time.monotonic() < self._open_until:
            raise BreakerOpenError(self._name)
        self._trying = True
        self._become("half-open")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        if error is None:
            self._answered()
        elif isinstance(error, asyncio.CancelledError):
            self._trying = False
        elif self._is_failure(error):
            self._failed()
        elif self._state == "half-open":
            self._answered()

    def isolate(self) -> Callable[[], None]:
        """Refuses everything until the returned function is called, once."""
        self._isolations += 1
        self._tell()

        def release() -> None:
            self._isolations -= 1
            self._tell()

        return release

    def _answered(self) -> None:
        self._failures = 0
        self._trying = False
        if self._state == "half-open":
            self._become("closed")

    def _failed(self) -> None:
        self._failures += 1
        self._trying = False
        if self._failures >= FAILURES_IN_A_ROW:
            self._open_until = time.monotonic() + OPEN_S
            self._become("open")

    def _become(self, state: State) -> None:
        if state != self._state:
            self._state = state
            self._tell()

    def _tell(self) -> None:
        self._gauge.set(STATE_NUMBERS["open" if self._isolations else self._state])
