"""Errors as they leave: `application/problem+json` (RFC 9457)."""

from typing import Any

import orjson

from app.context import RequestContext
from app.database.port import ConstraintError
from app.problem import Problem
from app.telemetry.log import Log
from app.telemetry.trace import trace_id

MEDIA_TYPE = "application/problem+json"
_CONTENT_TYPE = f"{MEDIA_TYPE}; charset=utf-8"

_TYPE_BASE = "/docs#problem-"
"""Where the types of problems are described: a fragment of the docs page."""

_CONFLICTS = {
    "missing": "The request refers to something that does not exist.",
    "unique": "Another one has the same value already.",
    "referenced": "Other resources still refer to this one.",
}


def problem_of(error: BaseException) -> Problem:
    """Turns whatever was raised into a Problem; what nobody expected becomes `internal`, with nothing of it told."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, ConstraintError):
        problem = Problem("conflict", detail=_CONFLICTS[error.kind])
    else:
        problem = Problem("internal", detail="The error has been logged under the request id.")
    problem.__cause__ = error
    return problem


def problem_body(problem: Problem, path: str, request_id: str, trace: str | None) -> bytes:
    """The body of an error answer. `path` is without the query: that may hold what nobody should see again."""
    body: dict[str, Any] = {
        "type": f"{_TYPE_BASE}{problem.type}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": path,
        "requestId": request_id,
    }
    if trace:
        body["traceId"] = trace
    if problem.errors:
        body["errors"] = problem.errors
    return orjson.dumps(body)


def answer_problem(
    error: BaseException, path: str, context: RequestContext, log: Log
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body for whatever was raised; what is the server's doing is logged, except a refusal to work."""
    problem = problem_of(error)
    trace = trace_id(context.span)
    # What is refused for want of time must not cost more of it: its request has a line of its own.
    if problem.status >= 500 and problem.type != "overloaded":
        level = log.error if problem.type == "internal" else log.warning
        level(problem.type, requestId=context.request_id, traceId=trace, error=problem.__cause__ or problem)
    headers = {"cache-control": "no-store", "content-type": _CONTENT_TYPE, **problem.headers}
    return problem.status, headers, problem_body(problem, path, context.request_id, trace)
