"""Sending an answer, with the headers that every answer has."""

from collections.abc import Callable, Mapping

from starlette.types import Message, Send

from app.context import Call


class Sender:
    """The `send` of an ASGI application: completes what is sent, and remembers what became of it."""

    __slots__ = ("_call", "_produced", "_send", "_success_headers", "finished", "status")

    def __init__(self, send: Send, call: Call, produced: Callable[[Call], None]) -> None:
        """Takes what is called when the whole answer is there, before the client takes it."""
        self._produced = produced
        self._send = send
        self._call = call
        self._success_headers: Mapping[str, str] = {}
        self.status = 0
        """Of the answer; 0 before there is one."""
        self.finished = False

    def on_success(self, headers: Mapping[str, str]) -> None:
        """Adds headers to an answer that is no error."""
        self._success_headers = headers

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers: list[tuple[bytes, bytes]] = list(message.get("headers", ()))
            names = {name for name, _ in headers}
            for name, value in self._call.response_headers.items():
                key = name.encode()
                if key not in names:
                    headers.append((key, value.encode("latin-1")))
            if self.status < 400 and self._success_headers:
                headers += _encoded(self._success_headers)
            message = {**message, "headers": headers}
        elif not message.get("more_body", False):
            self.finished = True
            self._produced(self._call)
        await self._send(message)

    async def answer(self, status: int, headers: Mapping[str, str], body: bytes = b"") -> None:
        """Sends a whole answer."""
        pairs = _encoded(headers)
        if status not in {204, 304}:
            pairs.append((b"content-length", str(len(body)).encode()))
        await self({"type": "http.response.start", "status": status, "headers": pairs})
        await self({"type": "http.response.body", "body": body})


def _encoded(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
