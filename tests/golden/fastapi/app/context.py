"""What travels with a request through services, repositories and stores."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from types import TracebackType
from typing import Literal

from opentelemetry.trace import Span

from app.problem import deadline_exceeded


@dataclass(frozen=True, slots=True)
class Principal:
    """Who makes a request: the account, or `anonymous`."""

    id: str
    roles: frozenset[str]
    tenant: str | None = None
    """The tenant that the caller belongs to, if any."""

    @property
    def key(self) -> str:
        """Name the caller in what is kept for callers: the same one is another in another tenant."""
        return self.id if self.tenant is None else f"{self.tenant}\n{self.id}"


ANONYMOUS = Principal("anonymous", frozenset())


class RequestContext:
    """The context of one request. Its task is cancelled when the client hangs up; `time_limit` enforces the deadline."""

    __slots__ = (
        "address",
        "body_limit",
        "counted",
        "deadline",
        "finished",
        "in_transaction",
        "path",
        "principal",
        "request_id",
        "response_headers",
        "span",
        "started_at",
        "status",
    )

    def __init__(
        self,
        request_id: str,
        span: Span,
        timeout_s: float,
        principal: Principal = ANONYMOUS,
        address: str = "",
        path: str = "",
    ) -> None:
        """Start the clock of a request that has `timeout_s` seconds from now; wants a running event loop."""
        self.request_id = request_id
        self.span = span
        """The span that work done for this request is a child of."""
        self.principal = principal
        self.address = address
        """Address of the client, as far as the proxies in front are trusted."""
        self.path = path
        """Percent-encoded and without the query."""
        self.deadline = asyncio.get_running_loop().time() + timeout_s
        """When the request is over, on the clock of the event loop."""
        self.started_at = perf_counter()
        self.body_limit = 0
        """Bytes of the largest body."""
        self.response_headers: dict[str, str] = {}
        """Headers of the response, whatever it is; names in lower case."""
        self.status = 0
        """Status of the response; 0 before there is one."""
        self.finished = False
        """Whether the whole response was sent."""
        self.in_transaction = False
        """Whether a transaction is open: until it ends, no other service is called."""
        self.counted: Literal["arriving", "inflight"] | None = "inflight"
        """How load shedding counts the request."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Note that a transaction is open."""
        self.in_transaction = True
        try:
            yield
        finally:
            self.in_transaction = False

    def time_limit(self) -> "TimeLimit":
        """Return a context manager that ends what waits in it at the deadline, with a Problem `deadline-exceeded`."""
        return TimeLimit(self.deadline)


class TimeLimit:
    """`async with`: what still waits at the deadline is cancelled and becomes a Problem."""

    __slots__ = ("_timeout",)

    def __init__(self, deadline: float) -> None:
        """Take a deadline on the clock of the event loop."""
        self._timeout = asyncio.timeout_at(deadline)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._timeout.__aexit__(kind, error, trace)
        except TimeoutError as expired:
            raise deadline_exceeded() from expired
