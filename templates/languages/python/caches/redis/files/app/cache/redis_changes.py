"""What other instances change, heard on a channel of Redis."""

import asyncio
from typing import Any

from redis.asyncio.client import PubSub

from app.cache.port import ChangeListener
from app.cache.redis_link import COMMAND_TIMEOUT_S, FAULTS, Link

HEARTBEAT_S = 0.5
RETRY_S = 0.25


class Changes:
    """Listens on a connection of its own, and knows whether anything can be heard."""

    def __init__(self, link: Link, channel: str, instance: str) -> None:
        """Begin to listen; what `instance` says itself is not heard."""
        self.connected = False
        self.listener: ChangeListener | None = None
        self._client = link.connect(1)
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
            try:
                async with self._client.pubsub() as subscription:
                    await subscription.subscribe(self._channel)
                    await self._hear(subscription)
            except FAULTS:
                # Why is told by the link.
                self._lost()
            await asyncio.sleep(RETRY_S)

    async def _hear(self, subscription: PubSub) -> None:
        while True:
            message = await subscription.get_message(timeout=HEARTBEAT_S)
            if message is None:
                # A connection that hangs says nothing by itself.
                await subscription.ping()
                message = await subscription.get_message(timeout=COMMAND_TIMEOUT_S)
            if message is None:
                raise TimeoutError("nothing comes back")
            self._take(message)

    def _take(self, message: dict[str, Any]) -> None:
        if message["type"] == "subscribe":
            # What began to be read before may have missed a change.
            if self.listener:
                self.listener.lost()
            self.connected = True
        elif message["type"] == "message":
            sender, version, key = message["data"].decode().split(" ", 2)
            if sender != self._instance and self.listener:
                self.listener.changed(key, int(version))

    def _lost(self) -> None:
        if self.connected and self.listener:
            self.listener.lost()
        self.connected = False
