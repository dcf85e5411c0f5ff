"""A problem (RFC 9457) before there is a request: what the server refuses."""

import orjson

from app.problem import Problem

MEDIA_TYPE = "application/problem+json"


def problem_body(problem: Problem, request_id: str) -> bytes:
    """The body of the response."""
    return orjson.dumps(
        {
            "type": f"/docs#problem-{problem.type}",
            "title": problem.title,
            "status": problem.status,
            "detail": problem.detail,
            "instance": "",
            "requestId": request_id,
        }
    )
