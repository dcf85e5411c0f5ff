"""Run in an installed FastAPI project, beside which the libraries were installed:
    uv pip install circuitbreaker purgatory aiobreaker
    PYTHONPATH=. taskset -c 0 .venv/bin/python <this file>
What each breaker does when its pause is over, and its CPU for a call.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from unittest.mock import MagicMock

import aiobreaker
import circuitbreaker
import purgatory

from app import resilience

PAUSE_S = 1.0
ROUNDS, CALLS = 15, 5000

Work = Callable[[], Awaitable[object]]
Call = Callable[[Work], Awaitable[object]]
Made = tuple[Call, Callable[[], str]]


class Down(Exception):
    pass


def own() -> Made:
    resilience.OPEN_S = PAUSE_S
    breaker = resilience.Breaker("own", MagicMock(), lambda error: isinstance(error, Down))

    async def call(work: Work) -> object:
        with breaker:
            return await work()

    return call, lambda: breaker._state


def of_circuitbreaker() -> Made:
    breaker = circuitbreaker.CircuitBreaker(
        failure_threshold=5, recovery_timeout=PAUSE_S, expected_exception=Down, name="circuitbreaker"
    )

    async def call(work: Work) -> object:
        if breaker.opened:
            raise circuitbreaker.CircuitBreakerError(breaker)
        return await breaker.call_async(work)

    return call, lambda: breaker.state


def of_purgatory() -> Made:
    factory = purgatory.AsyncCircuitBreakerFactory(default_threshold=5, default_ttl=PAUSE_S)

    async def call(work: Work) -> object:
        async with await factory.get_breaker("purgatory"):
            return await work()

    return call, lambda: factory.uow.contexts.breakers["purgatory"].state


def of_aiobreaker() -> Made:
    breaker = aiobreaker.CircuitBreaker(fail_max=5, timeout_duration=timedelta(seconds=PAUSE_S))
    return breaker.call_async, lambda: breaker.current_state.name


async def fine() -> None:
    pass


async def hang() -> None:
    await asyncio.sleep(60)


async def ask(name: str, make: Callable[[], Made]) -> None:
    call, state = make()
    begun = 0

    async def fail() -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(0.05)
        raise Down

    for _ in range(5):
        await asyncio.gather(call(fail), return_exceptions=True)
    await asyncio.sleep(PAUSE_S + 0.1)
    begun = 0
    await asyncio.gather(*(call(fail) for _ in range(20)), return_exceptions=True)
    await asyncio.sleep(PAUSE_S + 0.1)
    trial = asyncio.create_task(call(hang))
    await asyncio.sleep(0.05)
    trial.cancel()
    await asyncio.gather(trial, return_exceptions=True)
    after = state()
    call, _ = make()
    figures = []
    for _ in range(ROUNDS):
        before = time.process_time()
        for _ in range(CALLS):
            await call(fine)
        figures.append((time.process_time() - before) / CALLS * 1e6)
    cpu = statistics.median(figures)
    print(f"{name}: let {begun} of 20 through; {after} after a cancelled call; {cpu:.1f} µs a call")


async def main() -> None:
    await ask("own", own)
    await ask("circuitbreaker", of_circuitbreaker)
    await ask("purgatory", of_purgatory)
    await ask("aiobreaker", of_aiobreaker)


asyncio.run(main())
