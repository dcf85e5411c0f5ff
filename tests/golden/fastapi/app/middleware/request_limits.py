"""Bounds what a request may cost: load shedding, deadline, size of the target and of the body."""

import asyncio
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.context import RequestContext
from app.exception_handlers import problem_response
from app.problem import Problem, deadline_exceeded
from app.services import Services

TARGET_LIMIT: Final = 4096
"""Longest request target in characters; longer ones get 414."""
UNLIMITED: Final = ("/livez", "/readyz", "/docs", "/openapi.")
"""Beginnings of paths that are never shed."""
_LAST_RESORT_S: Final = 0.1
"""Time for work to notice its deadline before it is cancelled."""
_WATCHED_AFTER_S: Final = 0.2
"""Most requests are over before: to watch each one for the end of its connection would cost more than it saves."""


class RequestLimits:
    """The innermost middleware. Whatever is raised inside, and no exception handler takes, leaves as a problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        context: RequestContext = scope["state"]["context"]
        limits = asyncio.timeout_at(context.deadline + _LAST_RESORT_S)
        client = _Client(scope, receive, context, services, limits)

        async def send_response(message: Message) -> None:
            if message["type"] == "http.response.start" and not limits.expired():
                # How long the client takes to read it is not the request's time.
                limits.reschedule(None)
            await send(message)

        try:
            self._admit(scope, context, services)
            async with limits:
                await self._app(scope, client.receive, send_response)
        except ClientDisconnect:
            return
        except Exception as error:
            if client.gone:
                return
            if context.status:
                raise
            problem = _too_late(context) if limits.expired() else error
            await problem_response(problem, context, services.log)(scope, receive, send)
        finally:
            client.close()

    def _admit(self, scope: Scope, context: RequestContext, services: Services) -> None:
        """Raises Problem `overloaded`, `uri-too-long`."""
        if context.path.startswith(UNLIMITED):
            services.shedding.end(context)
        else:
            services.shedding.admit(arriving=context.counted == "arriving")
        if len(context.path) + len(scope["query_string"]) > TARGET_LIMIT:
            raise Problem("uri-too-long")


class _Client:
    """What comes from the client: a body within its limits, then the end of the connection, which ends the request."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        context: RequestContext,
        services: Services,
        limits: asyncio.Timeout,
    ) -> None:
        self.gone = False
        self._scope = scope
        self._receive = receive
        self._context = context
        self._services = services
        self._limits = limits
        self._taken = 0
        self._leaving: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._body_is_due = context.counted == "arriving"
        if not self._body_is_due:
            self._watch_soon()

    async def receive(self) -> Message:
        """ASGI's receive. Raises Problem `content-too-large`, `overloaded`."""
        if not self._body_is_due:
            if self._taken == 0:
                self._taken = 1
                return {"type": "http.request", "body": b"", "more_body": False}
            await asyncio.shield(self._leave())
            return {"type": "http.disconnect"}
        limit = self._context.body_limit
        if self._taken == 0 and int(Headers(scope=self._scope).get("content-length", "0")) > limit:
            raise too_large(limit)
        message = await self._receive()
        if message["type"] == "http.request":
            self._taken += len(message.get("body", b""))
            if self._taken > limit:
                raise too_large(limit)
            if not message.get("more_body"):
                if self._context.counted == "arriving":
                    self._services.shedding.arrived(self._context)
                self._body_is_due, self._taken = False, max(1, self._taken)
                self._watch_soon()
        return message

    def close(self) -> None:
        """Stop watching."""
        if self._timer is not None:
            self._timer.cancel()
        if self._leaving is not None:
            self._leaving.cancel()

    def _watch_soon(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(_WATCHED_AFTER_S, self._leave)

    def _leave(self) -> asyncio.Task[None]:
        if self._leaving is None:
            self._leaving = asyncio.create_task(self._left())
        return self._leaving

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        if self._context.finished:
            return
        self.gone = True
        self._limits.reschedule(0)


def too_large(limit_bytes: int) -> Problem:
    """413: the body is larger than `limit_bytes`."""
    return Problem("content-too-large", detail=f"A body may have {limit_bytes} bytes.")


def _too_late(context: RequestContext) -> Problem:
    if context.counted == "arriving":
        return Problem("request-timeout", headers={"connection": "close"})
    return deadline_exceeded()
