"""Errors become problems (RFC 9457)."""

from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from starlette.exceptions import HTTPException

from app.conflicts import conflict
from app.context import RequestContext
from app.database.port import ConstraintError
from app.http.parameters import fault_of, query_names
from app.problem import PROBLEMS, Problem, Violation
from app.services import Services
from app.telemetry.log import Log
from app.telemetry.trace import trace_id

MEDIA_TYPE: Final = "application/problem+json"
TYPE_BASE: Final = "/docs#problem-"
"""Problem types are described on the documentation page."""
MOST_VIOLATIONS: Final = 50
_LONGEST_POINTER: Final = 4096
_FRAGMENT: Final = ";,/?:@&=+$-_.!~*'()#"
"""Characters of a URI fragment, besides letters and digits."""
_TYPES: Final = {status: kind for kind, (status, _) in reversed(PROBLEMS.items())}
"""The first problem type of each status."""


def add_exception_handlers(app: FastAPI) -> None:
    """Handle what endpoints and dependencies raise."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(ConstraintError, _problem)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(RequestValidationError, _validation_error)


async def _problem(request: Request, error: Exception) -> Response:
    services: Services = request.app.state.services
    return problem_response(error, request.state.context, services.log)


async def _http_exception(request: Request, error: Exception) -> Response:
    if isinstance(error.__cause__, Problem):
        # FastAPI wraps what is raised while it reads a body.
        return await _problem(request, error.__cause__)
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return await _other_method(request)
    phrase = HTTPStatus(error.status_code).phrase
    known = _TYPES.get(error.status_code)
    detail = None if known and error.detail == phrase else str(error.detail)
    problem = Problem(known or "malformed-request", detail=detail, headers=dict(error.headers or {}))
    if known is None:
        problem.type, problem.status, problem.title = "", error.status_code, phrase
    return await _problem(request, problem)


async def _other_method(request: Request) -> Response:
    """405 with the methods of the path, or 204 for OPTIONS."""
    methods: set[str] = set()
    for route in iter_route_contexts(request.app.routes):
        if route.path_regex.match(request.url.path):
            methods |= route.methods or set()
    order = ("GET", "POST", "PUT", "PATCH", "DELETE")
    allowed = [method for method in order if method in methods]
    allow = ", ".join([*allowed, *(["HEAD"] if "GET" in methods else []), "OPTIONS"])
    if request.method == "OPTIONS":
        return Response(status_code=HTTPStatus.NO_CONTENT, headers={"allow": allow})
    return await _problem(request, Problem("method-not-allowed", headers={"allow": allow}))


async def _validation_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    return await _problem(request, validation_problem(error.errors(), query_names(request)))


def validation_problem(errors: Sequence[Mapping[str, Any]], parameters: Sequence[str] = ()) -> Problem:
    """The problem of the first part of a request that is not valid: path, headers, query, body."""
    places = {error["loc"][0] for error in errors}
    if "path" in places:
        return Problem("not-found")
    if "header" in places:
        name = next(error["loc"][1] for error in errors if error["loc"][0] == "header")
        return Problem("malformed-request", detail=f"The header {name} is not valid.")
    if "query" in places:
        found = (error for error in errors if error["loc"][0] == "query")
        return Problem("invalid-parameter", errors=_violations(found, parameters))
    first = errors[0]
    if first["type"] == "json_invalid" or (first["type"] == "missing" and first["loc"] == ("body",)):
        return Problem("malformed-request")
    return Problem("validation-failed", errors=_violations(errors))


def _violations(errors: Iterable[Mapping[str, Any]], parameters: Sequence[str] = ()) -> list[Violation]:
    """One for each error of Pydantic; values of bodies are not echoed."""
    violations: list[Violation] = []
    for error in islice(errors, MOST_VIOLATIONS):
        place, *path = error["loc"]
        found: Violation = {"code": error["type"].replace("_", "-"), "detail": error["msg"]}
        if place == "query":
            found["parameter"] = str(path[0])[:_LONGEST_POINTER]
            found["detail"] = fault_of(error, parameters)
        else:
            found["pointer"] = _pointer(path)
        violations.append(found)
    return violations


def _pointer(path: Sequence[str | int]) -> str:
    """A JSON Pointer as URI fragment (RFC 6901, section 6)."""
    steps = "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
    return quote(f"#{steps}"[:_LONGEST_POINTER], safe=_FRAGMENT)[:_LONGEST_POINTER]


def problem_response(error: Exception, context: RequestContext, log: Log) -> Response:
    """The response for whatever was raised. Errors of the server are logged; an unexpected one keeps its details."""
    problem = _problem_of(error)
    trace = trace_id(context.span)
    # Shedding must stay cheap: its request has a line anyway.
    if problem.status >= 500 and problem.type != "overloaded":
        level = log.error if problem.type == "internal" else log.warning
        level(problem.type, requestId=context.request_id, traceId=trace, error=problem.__cause__ or problem)
    body = {
        "type": f"{TYPE_BASE}{problem.type}" if problem.type else "about:blank",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": context.path,
        "requestId": context.request_id,
        "traceId": trace,
    }
    if problem.errors:
        body["errors"] = problem.errors
    headers = {"cache-control": "no-store", **problem.headers}
    return Response(orjson.dumps(body), problem.status, headers, MEDIA_TYPE)


def _problem_of(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, ConstraintError):
        problem = conflict(error)
    else:
        problem = Problem("internal", detail="The error has been logged under the request id.")
    problem.__cause__ = error
    return problem
