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
        try:
            self._admit(scope, context, services)
            async with limits:
                await self._app(scope, _limited(scope, receive, context, services), send)
        except ClientDisconnect:
            return
        except Exception as error:
            if context.status:
                raise
            problem = _too_late(context) if limits.expired() else error
            await problem_response(problem, context, services.log)(scope, receive, send)

    def _admit(self, scope: Scope, context: RequestContext, services: Services) -> None:
        """Raises Problem `overloaded`, `uri-too-long`."""
        if context.path.startswith(UNLIMITED):
            services.shedding.end(context)
        else:
            services.shedding.admit(arriving=context.counted == "arriving")
        if len(context.path) + len(scope["query_string"]) > TARGET_LIMIT:
            raise Problem("uri-too-long")


def _limited(scope: Scope, receive: Receive, context: RequestContext, services: Services) -> Receive:
    """Counts the bytes of a body while they arrive. It raises Problem `content-too-large`, `overloaded`."""
    taken = 0

    async def limited() -> Message:
        nonlocal taken
        if taken == 0 and int(Headers(scope=scope).get("content-length", "0")) > context.body_limit:
            raise too_large(context.body_limit)
        message = await receive()
        if message["type"] == "http.request":
            taken += len(message.get("body", b""))
            if taken > context.body_limit:
                raise too_large(context.body_limit)
            if not message.get("more_body") and context.counted == "arriving":
                services.shedding.arrived(context)
        return message

    return limited


def too_large(limit_bytes: int) -> Problem:
    """413: the body is larger than `limit_bytes`."""
    return Problem("content-too-large", detail=f"A body may have {limit_bytes} bytes.")


def _too_late(context: RequestContext) -> Problem:
    return Problem("request-timeout") if context.counted == "arriving" else deadline_exceeded()
