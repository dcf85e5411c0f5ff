"""Keeps in touch with Redis, and knows whether the server answers."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from contextlib import suppress
from hashlib import sha1
from pathlib import Path
from time import monotonic
from typing import Any

from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ReadOnlyError, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.typing import EncodableT

from app.resilience import Breaker, BreakerOpenError
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics

COMMAND_TIMEOUT_S = 0.1
# What connecting may take, which no request waits for.
CONNECT_TIMEOUT_S = 2.0
HEARTBEAT_S = 0.25
# Trouble that is over after this time was none that anybody need know of.
MOMENT_S = 0.25

SILENCE = (OSError, TimeoutError, RedisConnectionError, RedisTimeoutError)
TROUBLE = (*SILENCE, ReadOnlyError)
FAULTS = (*SILENCE, RedisError)
NO_ANSWER = (*FAULTS, BreakerOpenError)

Command = tuple[EncodableT, ...]
Send = Callable[..., Awaitable[Any]]


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
        self.client = self.connect()
        """For what belongs to no request; requests go through `ask`."""
        self._breaker = Breaker("cache", metrics, lambda _: True)
        self._release: Callable[[], None] | None = self._breaker.isolate()
        self.answers_since = math.inf
        """When it began to answer, by `time.monotonic()`; infinity while it does not."""
        self.moves = 0
        """How often another server has taken over from one that became a replica."""
        self._demoted = False
        self._queued: list[tuple[Command, asyncio.Future[Any]]] = []
        self._sending: asyncio.Task[None] | None = None
        self._last_error = "not connected yet"
        self._down_at = monotonic()
        self._answered = asyncio.Event()
        self._trouble = asyncio.Event()
        self._trouble.set()
        self._on_ready: Callable[[], Awaitable[None]] | None = None
        self._beating = asyncio.create_task(self._beat())

    def connect(self) -> Redis:
        """Return a client of its own that has one connection and never repeats a command.

        What reads from it ends that by itself in time: a timer for each part of an answer costs a third of a command.
        """
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            self._url,
            max_connections=1,
            timeout=CONNECT_TIMEOUT_S,
            socket_timeout=None,
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_keepalive=True,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        return Redis.from_pool(pool)

    def send(self, *command: EncodableT) -> Awaitable[Any]:
        """Send a command, with all others that wait in one round trip; raises after 100 ms without an answer.

        A round trip for each costs redis-py four times as much, and its pool leaves some callers without a connection.
        """
        answer = asyncio.get_running_loop().create_future()
        self._queued.append((command, answer))
        if not self._sending or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return answer

    async def ask(self, *command: EncodableT) -> Any:
        """Send a command for a request.

        Raises at once while the server is known not to answer or to be a replica, and after 100 ms when it does not.
        """
        with self._breaker:
            try:
                return await self.send(*command)
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

    async def _send(self) -> None:
        while self._queued:
            queued, self._queued = self._queued, []
            pipeline = self.client.pipeline(transaction=False)
            for command, _ in queued:
                pipeline.execute_command(*command)
            answers: list[Any]
            try:
                async with asyncio.timeout(COMMAND_TIMEOUT_S):
                    answers = await pipeline.execute(raise_on_error=False)
            except FAULTS as error:
                answers = [error] * len(queued)
            for (_, answer), value in zip(queued, answers, strict=True):
                if answer.done():
                    # Its request was cancelled.
                    continue
                if isinstance(value, Exception):
                    answer.set_exception(value)
                else:
                    answer.set_result(value)

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
                    await self._probe(self.send)
            except FAULTS as error:
                self._down(error)

    async def _probe(self, send: Send) -> None:
        # A replica answers PING, and refuses every write.
        await send("UNLINK", self._no_key)

    async def _up(self) -> None:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            if self._demoted:
                # The old primary keeps its connections: only a new one can lead to the server that took over.
                await self.client.connection_pool.disconnect(inuse_connections=False)
            # It connects, which no request should have to wait for.
            await self._probe(self.client.execute_command)
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


class Script:
    """A script of the folder redis/, which is the same for every language."""

    def __init__(self, name: str) -> None:
        self._text = Path(f"redis/{name}.lua").read_text()
        # The name that Redis gives it: no secret.
        self._sha = sha1(self._text.encode(), usedforsecurity=False).hexdigest()

    async def run(self, send: Send, key: str, *arguments: EncodableT) -> Any:
        """Run it by `Link.ask` or `Link.send`; a server that does not know it yet is given its text."""
        try:
            return await send("EVALSHA", self._sha, 1, key, *arguments)
        except NoScriptError:
            return await send("EVAL", self._text, 1, key, *arguments)
