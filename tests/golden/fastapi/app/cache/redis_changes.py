"""What other instances change, heard on a channel of Redis."""

import asyncio
import re
from contextlib import suppress
from typing import Any

from redis.asyncio.client import PubSub

from app.cache.port import ChangeListener
from app.cache.redis_link import COMMAND_TIMEOUT_S, CONNECT_TIMEOUT_S, FAULTS, Link

HEARTBEAT_S = 0.5
RETRY_S = 0.25

ANNOUNCEMENT = re.compile(r"(\S+) (\d{1,16}) (.+)", re.DOTALL)

Message = dict[str, Any]


class Changes:
    """Listens on a connection of its own, and knows whether anything can be heard."""

    def __init__(self, link: Link, channel: str, instance: str) -> None:
        """Begin to listen; what `instance` says itself is not heard."""
        self.connected = False
        self.listener: ChangeListener | None = None
        self._link = link
        self._client = link.connect()
        self._channel = channel
        self._instance = instance
        self._listening = asyncio.create_task(self._listen())

    async def close(self) -> None:
        """Stop listening."""
        self._listening.cancel()
        await asyncio.wait([self._listening])
        await self._client.aclose()

    async def _listen(self) -> None:
        while True:
            moves = self._link.moves
            # The link logs why it fails.
            with suppress(*FAULTS):
                async with self._client.pubsub() as subscription:
                    async with asyncio.timeout(CONNECT_TIMEOUT_S):
                        await subscription.subscribe(self._channel)
                    while moves == self._link.moves:
                        # Also what redis-py does when a connection breaks must come to an end.
                        async with asyncio.timeout(CONNECT_TIMEOUT_S):
                            self._take(await self._next(subscription))
            self._lost()
            await asyncio.sleep(RETRY_S)

    async def _next(self, subscription: PubSub) -> Message:
        message: Message | None = await subscription.get_message(timeout=HEARTBEAT_S)
        if message is None:
            # A connection that hangs says nothing by itself.
            await subscription.ping()
            message = await subscription.get_message(timeout=COMMAND_TIMEOUT_S)
        if message is None:
            raise TimeoutError("nothing comes back")
        return message

    def _take(self, message: Message) -> None:
        if message["type"] == "subscribe":
            # What began to be read before may have missed a change.
            if self.listener:
                self.listener.lost()
            self.connected = True
        elif message["type"] == "message":
            announcement = ANNOUNCEMENT.fullmatch(message["data"].decode(errors="replace"))
            if announcement and announcement[1] != self._instance and self.listener:
                self.listener.changed(announcement[3], int(announcement[2]))

    def _lost(self) -> None:
        if self.connected and self.listener:
            self.listener.lost()
        self.connected = False
