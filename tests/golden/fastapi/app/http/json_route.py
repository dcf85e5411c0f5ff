"""Reads JSON bodies (FastAPI's page "Custom Request and APIRoute class")."""

from collections.abc import Callable, Coroutine, Sequence
from email.message import Message
from typing import Any, Final

from fastapi import Depends, Request, Response
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute

from app.context import RequestContext
from app.http.json_body import parse_json
from app.openapi.components import errors
from app.openapi.document import Documented
from app.problem import Problem


class JsonRequest(Request):
    """A request whose JSON is read with bounds (app/http/json_body.py)."""

    async def json(self) -> Any:
        """The value of the body. Raises Problem `malformed-request`."""
        if not hasattr(self, "_json"):
            value = parse_json(await self.body())
            # FastAPI takes null for a body that is missing.
            self._json = False if value is None else value
        return self._json

    async def read(self, taken: Sequence[str]) -> None:
        """Read the body, which FastAPI does before it runs dependencies; what is wrong with it waits for them."""
        try:
            if await self.body():
                _require_json(self, taken)
                await self.json()
        except Problem as problem:
            if problem.status >= 500:
                raise
            self.state.body_problem = problem
            self._body = b""


class _ReadableBody(Documented):
    """Runs last of the dependencies of a route: limits, sign-in and roles come before the body."""

    responses = errors(413, 415, 422)

    async def __call__(self, request: Request) -> None:
        problem: Problem | None = getattr(request.state, "body_problem", None)
        if problem is not None:
            raise problem


_readable_body: Final = _ReadableBody()


class JsonRoute(APIRoute):
    """A route that takes JSON in UTF-8, with its own limit where `x-body-limit` names one."""

    def __init__(
        self,
        path: str,
        endpoint: Callable[..., Any],
        *,
        dependencies: Sequence[Dependency] = (),
        **options: Any,
    ) -> None:
        takes_body = {"POST", "PUT", "PATCH"} & set(options.get("methods") or ())
        last = [Depends(_readable_body)] if takes_body else []
        super().__init__(path, endpoint, dependencies=[*dependencies, *last], **options)

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        described = self.openapi_extra or {}
        limit: int | None = described.get("x-body-limit")
        first: str = getattr(self.body_field.field_info, "media_type", "application/json")
        taken = list(dict.fromkeys([first, *described.get("requestBody", {}).get("content", {})]))

        async def read_and_handle(request: Request) -> Response:
            context: RequestContext = request.state.context
            if limit is not None:
                context.body_limit = min(limit, context.body_limit)
            given = JsonRequest(request.scope, request.receive)
            await given.read(taken)
            return await handle(given)

        return read_and_handle


def _require_json(request: Request, taken: Sequence[str]) -> None:
    """Raises Problem `unsupported-media-type`."""
    if request.headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
        detail = "Send the body without a content coding."
        raise Problem("unsupported-media-type", detail=detail, headers={"accept-encoding": "identity"})
    given = request.headers.get("content-type", "")
    if given in taken:
        return
    parsed = Message()
    parsed["content-type"] = given
    known = given != "" and parsed.get_content_type() in taken
    charsets = {value.lower() for name, value in parsed.get_params([]) if name.lower() == "charset"}
    if known and charsets <= {"utf-8", "utf8"}:
        return
    detail = "Send JSON as UTF-8." if known else f"Send {' or '.join(taken)}."
    name = "accept-patch" if request.method == "PATCH" else "accept"
    raise Problem("unsupported-media-type", detail=detail, headers={name: ", ".join(taken)})
