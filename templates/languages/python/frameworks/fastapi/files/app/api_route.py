"""Routes that are described by openapi.yaml."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict
from starlette.datastructures import QueryParams
from starlette.routing import Match
from starlette.types import Scope

from app.contract import Contract, Operation
from app.http.answer import Answer
from app.http.asked import Asked
from app.http.reply import reply
from app.http.violations import body_violations, parameter_violations
from app.platform import Platform
from app.problem import Problem
from app.writes import UnitOfWork, WriteRequest, perform_write

Endpoint = Callable[..., Awaitable[Response]]


def asked_of(request: Request) -> Asked:
    """What is known of a request since it came in."""
    return cast("Asked", request.scope["asked"])


class NoQuery(BaseModel):
    """The query of an operation that takes none."""

    model_config = ConfigDict(extra="forbid")


async def _no_query(query: Annotated[NoQuery, Query()]) -> None:
    """Refuses every parameter."""


class AllValues(QueryParams):
    """A query in which what is given several times is a list: no parameter of the contract is one."""

    def get(self, key: Any, default: Any = None) -> Any:
        """The value of a parameter, or the list of its values."""
        values = self.getlist(key)
        return default if not values else values[0] if len(values) == 1 else values


class ReadRequest(Request):
    """A request whose body has been read and understood."""

    @property
    def query_params(self) -> QueryParams:
        return AllValues(self.scope["query_string"]) if self.scope["query_string"] else _nothing

    async def body(self) -> bytes:
        return asked_of(self).body

    async def json(self) -> Any:
        value = asked_of(self).json
        # FastAPI takes null for a body that is missing; false is refused, as every value that is no object.
        return False if value is None else value


class ContractRoute(APIRoute):
    """A route that is found by its operation, and tells what is wrong with a request as JSON Schema does."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        # The exchange has found the operation already.
        asked: Asked = scope["asked"]
        if asked.operation is None or asked.operation.id != self.operation_id:
            return Match.NONE, {}
        return Match.FULL, {"endpoint": self.endpoint, "path_params": asked.parameters, "route": self}

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(ReadRequest(request.scope, request.receive))
            except RequestValidationError as error:
                raise _problem(error.errors(), asked_of(request).operation) from None

        return handler


def _problem(errors: Sequence[Any], operation: Operation | None) -> Problem:
    """A path that cannot be right is nowhere; then the query is looked at, then the body."""
    places = {place: [error for error in errors if error["loc"][0] == place] for place in ("path", "query")}
    if operation is None or places["path"]:
        return Problem("not-found")
    if places["query"]:
        return Problem("invalid-parameter", errors=parameter_violations(places["query"], operation.query))
    return Problem("validation-failed", errors=body_violations(errors, operation.body or {}))


class ContractRouter(APIRouter):
    """Makes routes of operations: method and path are taken from the contract."""

    def __init__(self, contract: Contract) -> None:
        super().__init__(route_class=ContractRoute, redirect_slashes=False)
        self._contract = contract

    def operation(self, operation_id: str) -> Callable[[Endpoint], Endpoint]:
        """Serves an operation of openapi.yaml. Raises LookupError when there is no such operation."""
        found = self._contract.operations.get(operation_id)
        if found is None:
            raise LookupError(f'openapi.yaml has no operation "{operation_id}"')
        return self.api_route(
            found.path,
            methods=[found.method],
            operation_id=found.id,
            dependencies=[] if found.query else [Depends(_no_query)],
            response_class=Response,
            response_model=None,
        )


def operations_of(api: FastAPI) -> set[str]:
    """The operations that have a route."""
    return {route.operation_id for route in api.routes if isinstance(route, APIRoute) and route.operation_id}


async def write(
    platform: Platform, request: Request, work: Callable[[UnitOfWork], Awaitable[Answer]]
) -> Response:
    """Runs a write in one transaction, once for each Idempotency-Key."""
    asked = asked_of(request)
    described = WriteRequest(
        method=asked.method, path=asked.path, body=asked.json, key=asked.header("idempotency-key")
    )
    return reply(await perform_write(platform, described, asked.call, work))


_nothing = QueryParams()
