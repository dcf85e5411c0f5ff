"""The circuit breaker."""

import asyncio

import pytest

from app import resilience
from app.resilience import Breaker, BreakerOpenError
from app.telemetry.metrics import Metrics, create_metrics


class Clock:
    """A clock that stands still until it is moved."""

    now = 100.0

    def monotonic(self) -> float:
        """Return the time in seconds."""
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """Give breakers a clock that the test moves."""
    clock = Clock()
    monkeypatch.setattr(resilience, "time", clock)
    return clock


@pytest.fixture
def metrics() -> Metrics:
    """Return metrics of their own for each test."""
    return create_metrics()


@pytest.fixture
def breaker(clock: Clock, metrics: Metrics) -> Breaker:
    """Return a breaker for which an OSError is a failure."""
    return Breaker("test", metrics, lambda error: isinstance(error, OSError))


def call(breaker: Breaker, error: BaseException | None = None) -> None:
    """Make a call that succeeds, or fails with that error, which is not raised."""
    try:
        with breaker:
            if error:
                raise error
    except (OSError, ValueError, asyncio.CancelledError):
        return


def state(metrics: Metrics) -> float | None:
    """Return the number that the gauge shows."""
    return metrics.registry.get_sample_value("circuit_breaker_state", {"name": "test"})


def test_refuses_after_five_failures_in_a_row_and_tries_again_after_two_seconds(
    breaker: Breaker, metrics: Metrics, clock: Clock
) -> None:
    for _ in range(4):
        call(breaker, OSError())
    call(breaker)
    for _ in range(5):
        assert state(metrics) == 0
        call(breaker, OSError())
    assert state(metrics) == 2
    clock.now += 1.9
    with pytest.raises(BreakerOpenError):
        call(breaker)
    clock.now += 0.2
    call(breaker)
    assert state(metrics) == 0


def test_lets_one_call_try_whose_failure_opens_it_again(
    breaker: Breaker, metrics: Metrics, clock: Clock
) -> None:
    for _ in range(5):
        call(breaker, OSError())
    clock.now += 2.1
    with breaker:
        assert state(metrics) == 1
        with pytest.raises(BreakerOpenError):
            call(breaker)
    for _ in range(5):
        call(breaker, OSError())
    clock.now += 2.1
    call(breaker, OSError())
    assert state(metrics) == 2
    with pytest.raises(BreakerOpenError):
        call(breaker)


def test_counts_no_answers_and_no_cancelled_calls(breaker: Breaker, metrics: Metrics, clock: Clock) -> None:
    for _ in range(9):
        call(breaker, ValueError())
        call(breaker, asyncio.CancelledError())
    assert state(metrics) == 0
    for _ in range(5):
        call(breaker, OSError())
    clock.now += 2.1
    call(breaker, asyncio.CancelledError())
    assert state(metrics) == 1
    call(breaker, ValueError())
    assert state(metrics) == 0


def test_can_be_held_open(breaker: Breaker, metrics: Metrics) -> None:
    release = breaker.isolate()
    assert state(metrics) == 2
    with pytest.raises(BreakerOpenError):
        call(breaker)
    release()
    call(breaker)
    assert state(metrics) == 0
