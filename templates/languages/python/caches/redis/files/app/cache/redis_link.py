"""Keeps a connection to Redis, and knows whether the server answers."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import hiredis

from app.cache.redis_connection import Connection, Part, Push, Script, connect
from app.resilience import Breaker
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

# A connection on which nothing comes back for so long is given up.
SILENCE_S = 2.0
RETRY_STEP_S = 0.05
LONGEST_RETRY_S = 0.5
HEARTBEAT_S = 0.25

Ready = Callable[[Connection], Awaitable[None]]
FAULTS = (OSError, TimeoutError, hiredis.ReplyError)


class Link:
    """
    The breaker is held open from the first sign of trouble until the server has answered, so that a server that hangs
    costs one timeout and not one for each request.
    """

    def __init__(self, url: str, log: Log, metrics: Metrics) -> None:
        self._url = url
        self._log = log
        self._breaker = Breaker("cache", metrics, lambda _: True)
        self._release: Callable[[], None] | None = self._breaker.isolate()
        self._connection: Connection | None = None
        self._last_error = "not connected yet"
        self._answered = asyncio.Event()
        self._trouble = asyncio.Event()
        self._on_ready: Ready | None = None
        self._on_down: Callable[[], None] | None = None
        self._on_push: Push | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, on_ready: Ready, on_down: Callable[[], None], on_push: Push) -> None:
        """
        Begins to connect; the server need not be there. `on_ready` does what must come before anything else each time
        the server answers again, `on_down` is told when it does not.
        """
        self._on_ready, self._on_down, self._on_push = on_ready, on_down, on_push
        self._tasks = [asyncio.create_task(self._connect()), asyncio.create_task(self._beat())]

    async def ask(self, *parts: Part) -> Any:
        """
        The answer to a command.

        Raises at once while the server is known not to answer, and after 100 ms when it does not.
        """
        with self._breaker:
            return await self._watched(self._connected().ask(*parts))

    async def run(self, script: Script, key: str, *arguments: Part) -> Any:
        """What a script answers for that key; raises as `ask`."""
        with self._breaker:
            return await self._watched(self._connected().run(script, key, *arguments))

    async def first_answer(self, timeout_s: float) -> None:
        """Returns when the server has answered, or after `timeout_s`."""
        try:
            await asyncio.wait_for(self._answered.wait(), timeout_s)
        except TimeoutError:
            self._log.warning("the cache does not answer", reason=self._last_error)

    async def close(self) -> None:
        """Closes the connection; nothing is asked any more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._release = self._release or self._breaker.isolate()
        if self._connection:
            self._connection.close()

    def _connected(self) -> Connection:
        if self._connection is None:
            raise ConnectionError(self._last_error)
        return self._connection

    async def _watched(self, answer: Awaitable[Any]) -> Any:
        try:
            return await answer
        except TimeoutError as error:
            self._down(str(error))
            raise

    def _down(self, reason: str) -> None:
        if self._release:
            return
        self._release = self._breaker.isolate()
        self._log.warning("the cache does not answer", reason=reason)
        if self._on_down:
            self._on_down()
        # Whether that was all is asked at once.
        self._trouble.set()

    async def _connect(self) -> None:
        attempt = 0
        while True:
            try:
                self._connection = await connect(self._url, self._on_push or (lambda _: None))
                attempt = 0
                self._trouble.set()
                self._last_error = await self._connection.ended
            except FAULTS as error:
                self._last_error = str(error) or type(error).__name__
            self._connection = None
            self._down(self._last_error)
            attempt += 1
            await asyncio.sleep(min(RETRY_STEP_S * attempt, LONGEST_RETRY_S))

    async def _beat(self) -> None:
        """Finds a server that hangs while there is no traffic, and that it answers again."""
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._trouble.wait(), HEARTBEAT_S)
            self._trouble.clear()
            connection = self._connection
            if connection is None:
                continue
            try:
                await connection.ask("PING")
                if self._release:
                    await self._up(connection)
            except FAULTS as error:
                self._last_error = str(error)
                self._down(self._last_error)
                silence_s = asyncio.get_running_loop().time() - connection.heard_at
                if silence_s > SILENCE_S:
                    connection.close()

    async def _up(self, connection: Connection) -> None:
        if self._on_ready:
            await self._on_ready(connection)
        if self._release and connection is self._connection:
            self._release()
            self._release = None
            self._log.info("the cache answers")
            self._answered.set()
