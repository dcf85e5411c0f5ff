"""What a request asks."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

from app.context import Call
from app.contract import Operation

Headers = dict[bytes, bytes]

_SINGLE = frozenset({b"authorization", b"content-type", b"content-length"})
"""Of these the first counts; others that come several times are joined."""


@dataclass(slots=True)
class Asked:
    """A request as it came in, and what is known of it."""

    method: str
    path: str
    """As it came in, percent-encoded and without the query."""
    query: str
    """As it came in, without the question mark."""
    headers: Headers
    call: Call
    parameters: dict[str, str] = field(default_factory=dict)
    """What stands for the parameters of the path, decoded."""
    operation: Operation | None = None
    body: bytes = b""
    json: Any = None
    """The value of a body in JSON."""

    @property
    def target(self) -> str:
        """Path and query as they came in."""
        return f"{self.path}?{self.query}" if self.query else self.path

    def header(self, name: str) -> str | None:
        """The value of a header, by its name in lower case; several are joined by commas (RFC 9110, section 5.3)."""
        value = self.headers.get(name.encode())
        return None if value is None else value.decode("latin-1")

    @property
    def has_body(self) -> bool:
        """Whether a body was announced (RFC 9112, section 6)."""
        return b"transfer-encoding" in self.headers or self.headers.get(b"content-length", b"0") != b"0"


def read_headers(scope: Scope) -> Headers:
    """Headers by their names in lower case."""
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    headers: Headers = {}
    for name, value in pairs:
        if name not in headers:
            headers[name] = value
        elif name not in _SINGLE:
            headers[name] += b", " + value
    return headers
