"""Keeps in touch with Redis, and knows whether the server answers."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import TypeVar

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.resilience import Breaker, BreakerOpenError
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

COMMAND_TIMEOUT_S = 0.1
# What connecting may take, which no request waits for.
CONNECT_TIMEOUT_S = 2.0
HEARTBEAT_S = 0.25
# Trouble that is over after this time was none that anybody need know of.
MOMENT_S = 0.25
# Commands take a fraction of a millisecond: a few connections are enough for one process.
CONNECTIONS = 4

SILENCE = (OSError, TimeoutError, RedisConnectionError, RedisTimeoutError)
TROUBLE = (*SILENCE, ReadOnlyError)
FAULTS = (*SILENCE, RedisError)
NO_ANSWER = (*FAULTS, BreakerOpenError)

R = TypeVar("R")


class Link:
    """Asks Redis.

    The breaker is held open from the first sign of trouble until the server has answered, so that a server that hangs
    costs one timeout and not one for each request.
    """

    def __init__(self, url: str, prefix: str, log: Log, metrics: Metrics) -> None:
        """Begin to connect; the server need not be there. `prefix` is the first part of every key."""
        self._url = url
        self._no_key = f"{prefix}:none"
        self._log = log
        self.client = self.connect(CONNECTIONS)
        """For what belongs to no request; requests go through `ask`."""
        self._breaker = Breaker("cache", metrics, lambda _: True)
        self._release: Callable[[], None] | None = self._breaker.isolate()
        self.answers_since = math.inf
        """When it began to answer, by `time.monotonic()`; infinity while it does not."""
        self.moves = 0
        """How often another server has taken over from one that became a replica."""
        self._demoted = False
        self._last_error = "not connected yet"
        self._down_at = monotonic()
        self._answered = asyncio.Event()
        self._trouble = asyncio.Event()
        self._trouble.set()
        self._on_ready: Callable[[], Awaitable[None]] | None = None
        self._beating = asyncio.create_task(self._beat())

    def connect(self, connections: int) -> Redis:
        """Return a client of its own that opens that many connections at most and never repeats a command.

        What reads from it ends that by itself in time: a timer for each part of an answer costs a third of a command.
        """
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=connections,
            timeout=CONNECT_TIMEOUT_S,
            socket_timeout=None,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        return Redis.from_pool(pool)

    def script(self, name: str) -> AsyncScript:
        """Return a script of the folder redis/, which is the same for every language."""
        return self.client.register_script(Path(f"redis/{name}.lua").read_text())

    async def ask(self, command: Callable[[], Awaitable[R]]) -> R:
        """Return the answer to a command that `client` or a script sends.

        Raises at once while the server is known not to answer or to be a replica, and after 100 ms when it does not.
        """
        with self._breaker:
            try:
                async with asyncio.timeout(COMMAND_TIMEOUT_S):
                    return await command()
            except TROUBLE as error:
                self._down(error)
                raise

    def on_ready(self, listener: Callable[[], Awaitable[None]]) -> None:
        """Have one listener do something each time the server answers again, before anything else is sent."""
        self._on_ready = listener

    async def first_answer(self, timeout_s: float) -> None:
        """Return when the server has answered, or after `timeout_s`."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._answered.wait()
        except TimeoutError:
            self._log.warning("the cache does not answer", reason=self._last_error)

    async def recovered(self) -> None:
        """Return when the server answers, and at the latest a moment after it has ceased to."""
        left_s = self._down_at + MOMENT_S - monotonic()
        if self._release and left_s > 0:
            with suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._answered.wait()

    async def close(self) -> None:
        """Close the connections; nothing is asked any more."""
        self._beating.cancel()
        self._release = self._release or self._breaker.isolate()
        await asyncio.wait([self._beating])
        await self.client.aclose()

    def _down(self, error: Exception) -> None:
        self._last_error = str(error) or "a command timed out"
        self._demoted = self._demoted or isinstance(error, ReadOnlyError)
        if self._release:
            return
        self._release = self._breaker.isolate()
        self.answers_since = math.inf
        self._down_at = monotonic()
        self._answered.clear()
        self._log.warning("the cache does not answer", reason=self._last_error)
        # Whether that was all is asked at once.
        self._trouble.set()

    async def _beat(self) -> None:
        """Find a server that hangs or was demoted while there is no traffic, and that it answers again."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT_S):
                    await self._trouble.wait()
            self._trouble.clear()
            try:
                if self._release:
                    await self._up()
                else:
                    async with asyncio.timeout(COMMAND_TIMEOUT_S):
                        await self._probe()
            except FAULTS as error:
                self._down(error)

    async def _probe(self) -> None:
        # A replica answers PING, and refuses every write.
        await self.client.unlink(self._no_key)

    async def _up(self) -> None:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if self._demoted:
                # The old primary keeps its connections: only a new one can lead to the server that took over.
                await self.client.connection_pool.disconnect(inuse_connections=False)
            # All connections are made now: no request should have to wait for one.
            await asyncio.gather(*(self._probe() for _ in range(CONNECTIONS)))
            if self._on_ready:
                await self._on_ready()
        if self._demoted:
            self._demoted = False
            self.moves += 1
        if self._release:
            self._release()
            self._release = None
            self.answers_since = monotonic()
        self._log.info("the cache answers")
        self._answered.set()
