"""A TCP relay to a Redis that can be made to hang, to be cut, to heal and to lead elsewhere."""

import asyncio
from contextlib import suppress
from typing import Literal
from urllib.parse import urlsplit

CHUNK = 65_536


class FaultyLink:
    """Made by `faulty_link`; `url` is what to connect to."""

    url: str

    def __init__(self, target: str) -> None:
        """Take the URL of the Redis behind."""
        self._target = urlsplit(target)
        self._fault: Literal["none", "hang", "cut"] = "none"
        self._flows = asyncio.Event()
        self._flows.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: asyncio.Server

    async def listen(self) -> None:
        """Begin to relay."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._target.netloc.rpartition("@")[0]
        host = f"{credentials}@127.0.0.1" if credentials else "127.0.0.1"
        self.url = f"{self._target.scheme}://{host}:{port}{self._target.path}"

    def hang(self) -> None:
        """Let commands arrive, but no answers."""
        self._fault = "hang"
        self._flows.clear()

    def cut(self) -> None:
        """Break the connections and refuse new ones."""
        self._fault = "cut"
        for writer in self._writers:
            writer.transport.abort()

    def heal(self) -> None:
        """Let everything through again."""
        self._fault = "none"
        self._flows.set()

    def lead_to(self, target: str) -> None:
        """Relay new connections to the Redis at that URL; the others stay where they are."""
        self._target = urlsplit(target)

    def close(self) -> None:
        """End the relay."""
        self.cut()
        self._flows.set()
        self._server.close()

    async def _relay(self, near_reader: asyncio.StreamReader, near: asyncio.StreamWriter) -> None:
        if self._fault == "cut":
            near.transport.abort()
            return
        far_reader, far = await asyncio.open_connection(self._target.hostname, self._target.port or 6379)
        pair = {near, far}
        self._writers |= pair
        directions = (self._pump(near_reader, far, held=False), self._pump(far_reader, near, held=True))
        with suppress(OSError):
            await asyncio.wait(
                [asyncio.create_task(way) for way in directions], return_when="FIRST_COMPLETED"
            )
        for writer in pair:
            writer.transport.abort()
        self._writers -= pair

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, held: bool) -> None:
        with suppress(OSError):
            while data := await reader.read(CHUNK):
                if held:
                    await self._flows.wait()
                writer.write(data)


async def faulty_link(target: str) -> FaultyLink:
    """Start a relay to the Redis at that URL."""
    link = FaultyLink(target)
    await link.listen()
    return link
