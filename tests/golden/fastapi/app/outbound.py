"""Calls to other services."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import perf_counter
from typing import Any, Final

import httpx
from opentelemetry.context import Context
from opentelemetry.trace import Span, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from tenacity import (
    AsyncRetrying,
    RetryCallState,
    retry_if_exception_type,
    retry_never,
    wait_random_exponential,
)

from app.context import RequestContext
from app.problem import dependency_unavailable
from app.resilience import Breaker, BreakerOpenError
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics
from app.telemetry.trace import in_span

ATTEMPTS: Final = 3
LONGEST_WAIT_S: Final = 2.0
"""Nobody waits longer for an attempt, whatever Retry-After says."""
IDEMPOTENT: Final = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE"})
UNAVAILABLE: Final = frozenset({429, 502, 503, 504})
"""Not an answer to the request: the service has no time, or is not there."""

_jitter = wait_random_exponential(multiplier=0.2, max=LONGEST_WAIT_S)
"""Full jitter: clients that failed together must not come back together."""
_propagator = TraceContextTextMapPropagator()


class Failure(Exception):
    """An attempt without an answer."""

    def __init__(self, kind: str, retry_after_s: float = 0) -> None:
        super().__init__(kind)
        self.kind = kind
        self.retry_after_s = retry_after_s


class Outbound:
    """A client of another service. Its requests end with the request that they are made for, are repeated where that is
    safe, and are refused at once while the service does not answer.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        timeout_s: float,
        *,
        metrics: Metrics,
        log: Log,
        connections: int = 16,
    ) -> None:
        """`name` is that of problems, logs and metrics, `timeout_s` the time of one attempt with the body of its
        response; `connections` requests are sent at the same time, others wait.
        """
        self._name = name
        self._timeout_s = timeout_s
        self._duration = metrics.outbound_duration
        self._log = log
        self._breaker = Breaker(name, metrics, _counts)
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._client = httpx.AsyncClient(base_url=base_url, limits=limits, timeout=None)  # noqa: S113

    async def request(
        self, context: RequestContext, method: str, path: str, **options: Any
    ) -> httpx.Response:
        """Send a request with the `options` of httpx: `headers`, `params`, `json` …

        One with another method than GET, HEAD, OPTIONS, PUT or DELETE is repeated only if it has an Idempotency-Key.
        The body of the response is read already; 429, 502, 503 and 504 are none. Raises Problem
        `dependency-unavailable` or `deadline-exceeded`, and RuntimeError within a transaction, which would hold a
        database connection for as long as the service takes.
        """
        if context.in_transaction:
            raise RuntimeError(f"{self._name} is called within a transaction")
        request = self._client.build_request(method, path, **options)
        repeatable = method in IDEMPOTENT or "idempotency-key" in request.headers
        retrying = AsyncRetrying(
            stop=_stop,
            wait=_wait,
            retry=retry_if_exception_type(Failure) if repeatable else retry_never,
            reraise=True,
        )

        async def attempt() -> httpx.Response:
            try:
                with self._breaker:
                    return await self._send(request, context)
            except Failure as failure:
                self._log.warning(
                    "outbound call failed",
                    requestId=context.request_id,
                    service=self._name,
                    method=method,
                    tried=retrying.statistics["attempt_number"],
                    type=failure.kind,
                    error=failure.__cause__,
                )
                raise

        try:
            async with context.time_limit():
                return await retrying(attempt)
        except (Failure, BreakerOpenError) as error:
            raise dependency_unavailable(self._name) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._client.aclose()

    async def _send(self, request: httpx.Request, context: RequestContext) -> httpx.Response:
        host = request.url.netloc.decode()
        attributes = {"http.request.method": request.method, "server.address": host}
        status, kind, started_at = "", "cancelled", perf_counter()
        try:
            with in_span(context.span, request.method, attributes) as span:
                response = await self._answer(request, span)
            status, kind = str(response.status_code), ""
        except Failure as failure:
            kind = failure.kind
            raise
        finally:
            series = self._duration.labels(host, request.method, status, kind)
            series.observe(perf_counter() - started_at)
        return response

    async def _answer(self, request: httpx.Request, span: Span) -> httpx.Response:
        _propagator.inject(request.headers, set_span_in_context(span, Context()))
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._client.send(request)
        except TimeoutError as late:
            raise Failure("timeout") from late
        except httpx.HTTPError as error:
            raise Failure(type(error).__name__) from error
        span.set_attribute("http.response.status_code", response.status_code)
        if response.status_code in UNAVAILABLE:
            raise Failure(str(response.status_code), _retry_after_s(response))
        return response


def _counts(error: BaseException) -> bool:
    return isinstance(error, Failure) and error.kind != "429"


def _wait(state: RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    asked_s = error.retry_after_s if isinstance(error, Failure) else 0.0
    return asked_s or _jitter(state)


def _stop(state: RetryCallState) -> bool:
    return state.attempt_number >= ATTEMPTS or state.upcoming_sleep > LONGEST_WAIT_S


def _retry_after_s(response: httpx.Response) -> float:
    """Retry-After in seconds: a number, or a date (RFC 9110, section 10.2.3)."""
    given = response.headers.get("retry-after", "")
    if given.isdecimal():
        return float(given)
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (TypeError, ValueError):
        return 0.0
