"""The queue of development: the worker sends jobs to itself, so that no server has to run."""

import asyncio
from collections.abc import AsyncGenerator

from taskiq import AsyncBroker, BrokerMessage


class InProcessBroker(AsyncBroker):
    """Keeps messages in memory."""

    def __init__(self) -> None:
        """Begin empty."""
        super().__init__()
        self._messages: asyncio.Queue[bytes] = asyncio.Queue()

    async def kick(self, message: BrokerMessage) -> None:
        """Add a message."""
        self._messages.put_nowait(message.message)

    async def listen(self) -> AsyncGenerator[bytes, None]:
        """Yield messages for ever."""
        while True:
            yield await self._messages.get()
