"""Requests byte by byte, for what no client library sends."""

import asyncio
import socket
from collections.abc import Mapping

_RECEIVE_BUFFER = 4096


def head(method: str, target: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Return the head of a request, with a Host."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in {"host": "api", **(headers or {})}.items())
    return f"{method} {target} HTTP/1.1\r\n{lines}\r\n".encode()


async def answers(port: int, *sent: bytes) -> bytes:
    """Send parts with a pause between them; return everything until the server closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in sent:
        writer.write(part)
        await asyncio.sleep(0.05)
    received = await reader.read()
    writer.close()
    return received


def statuses(received: bytes | bytearray) -> list[int]:
    """Return the status of each response, in order."""
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def unread(port: int, sent: bytes) -> socket.socket:
    """Send a request and read nothing; the client takes as little as the system allows."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
    connection.connect(("127.0.0.1", port))
    connection.sendall(sent)
    connection.setblocking(False)
    return connection
