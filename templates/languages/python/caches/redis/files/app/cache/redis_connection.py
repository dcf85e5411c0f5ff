"""One connection to Redis that any number of requests share: commands are sent as they come, answers come in order."""

import asyncio
import hashlib
import ssl
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import hiredis

COMMAND_TIMEOUT_S = 0.1
CONNECT_TIMEOUT_S = 2.0
DEFAULT_PORT = 6379

Part = str | bytes | int
Push = Callable[[list[Any]], None]

_incomplete = object()


@dataclass(frozen=True, slots=True)
class Script:
    """Lua for the server, known there by its SHA-1 once it has run."""

    text: str
    sha: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sha", hashlib.sha1(self.text.encode()).hexdigest())  # noqa: S324


class Connection(asyncio.Protocol):
    """Speaks RESP3, so that messages of a channel come over the same connection."""

    def __init__(self, on_push: Push) -> None:
        self._loop = asyncio.get_running_loop()
        self._on_push = on_push
        self._reader = hiredis.Reader(notEnoughData=_incomplete)
        self._waiting: deque[asyncio.Future[Any]] = deque()
        self._transport: asyncio.Transport | None = None
        self.heard_at = self._loop.time()
        """When something last came from the server, by the clock of the loop."""
        self.ended: asyncio.Future[str] = self._loop.create_future()
        """Done, with the reason, when the connection is closed."""

    def ask(self, *parts: Part, timeout_s: float = COMMAND_TIMEOUT_S) -> asyncio.Future[Any]:
        """
        Sends a command at once; what is returned brings its answer.

        Fails with ConnectionError, TimeoutError, or hiredis.ReplyError for an error that the server answered.
        """
        answer: asyncio.Future[Any] = self._loop.create_future()
        if self._transport is None:
            answer.set_exception(ConnectionError("not connected"))
            return answer
        self._waiting.append(answer)
        self._transport.write(hiredis.pack_command(parts))  # type: ignore[arg-type]
        timer = self._loop.call_later(timeout_s, _expire, answer)
        answer.add_done_callback(lambda _: timer.cancel())
        return answer

    async def run(self, script: Script, key: str, *arguments: Part) -> Any:
        """Runs a script on one key; fails as `ask`."""
        try:
            return await self.ask("EVALSHA", script.sha, 1, key, *arguments)
        except hiredis.ReplyError as error:
            if not str(error).startswith("NOSCRIPT"):
                raise
            return await self.ask("EVAL", script.text, 1, key, *arguments)

    def close(self) -> None:
        """Closes without waiting for answers that are due."""
        if self._transport is not None:
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self.heard_at = self._loop.time()
        self._reader.feed(data)
        while (reply := self._reader.gets()) is not _incomplete:
            if isinstance(reply, hiredis.PushNotification) and reply[0] != b"subscribe":
                self._on_push(reply)
                continue
            # A subscription is confirmed by a push, too, in its turn among the answers.
            answer = self._waiting.popleft()
            if answer.done():
                continue
            if isinstance(reply, hiredis.ReplyError):
                answer.set_exception(reply)
            else:
                answer.set_result(reply)

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        reason = str(error or "the connection was closed")
        for answer in self._waiting:
            if not answer.done():
                answer.set_exception(ConnectionError(reason))
        if not self.ended.done():
            self.ended.set_result(reason)


async def connect(url: str, on_push: Push = lambda _: None) -> Connection:
    """
    Connects and signs in as the URL says: redis or rediss (TLS), user, password, host, port and number of database.

    Raises OSError, TimeoutError after two seconds, hiredis.ReplyError when the server refuses.
    """
    parts = urlsplit(url)
    tls = ssl.create_default_context() if parts.scheme == "rediss" else None
    host, port = parts.hostname or "localhost", parts.port or DEFAULT_PORT
    async with asyncio.timeout(CONNECT_TIMEOUT_S):
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(lambda: Connection(on_push), host, port, ssl=tls)
        try:
            user, password = unquote(parts.username or "default"), unquote(parts.password or "")
            credentials = ("AUTH", user, password) if password else ()
            await connection.ask("HELLO", 3, *credentials, timeout_s=CONNECT_TIMEOUT_S)
            if database := parts.path.strip("/"):
                await connection.ask("SELECT", database, timeout_s=CONNECT_TIMEOUT_S)
        except BaseException:
            connection.close()
            raise
    return connection


def _expire(answer: asyncio.Future[Any]) -> None:
    # The answer may have come in the same turn of a loop that was held up: then it counts.
    if not answer.done():
        answer.set_exception(TimeoutError("a command timed out"))
