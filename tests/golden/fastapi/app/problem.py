"""Error answers (RFC 9457)."""

from typing import Final, TypedDict

PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    "malformed-request": (400, "The request cannot be read"),
    "invalid-parameter": (400, "A parameter is not valid"),
    "invalid-cursor": (400, "The cursor is not valid for this list"),
    "unauthenticated": (401, "Credentials are missing or not valid"),
    "forbidden": (403, "The caller may not do this"),
    "not-found": (404, "Not found"),
    "method-not-allowed": (405, "The method is not allowed here"),
    "not-acceptable": (406, "No acceptable representation"),
    "request-timeout": (408, "The request took too long to arrive"),
    "conflict": (409, "The change conflicts with stored data"),
    "idempotency-in-progress": (409, "A request with this key is in progress"),
    "precondition-failed": (412, "The resource has changed"),
    "content-too-large": (413, "The body is too large"),
    "uri-too-long": (414, "The URI is too long"),
    "unsupported-media-type": (415, "The content type is not supported"),
    "validation-failed": (422, "The body is not valid"),
    "idempotency-key-reused": (422, "The key was used for another request"),
    "rate-limited": (429, "Too many requests"),
    "header-fields-too-large": (431, "The headers are too large"),
    "internal": (500, "Something went wrong"),
    "overloaded": (503, "The server is busy"),
    "dependency-unavailable": (503, "A dependency is not available"),
    "deadline-exceeded": (503, "The request took too long"),
}
"""Status and title of every kind of error answer, by the last part of its `type`."""


class Violation(TypedDict, total=False):
    """One thing wrong with a request: `pointer` (RFC 6901, as a fragment) in a body, `parameter` in the query."""

    pointer: str
    parameter: str
    code: str
    detail: str


class Problem(Exception):
    """An answer that is an error on purpose. Everything else that is raised becomes `internal`."""

    def __init__(
        self,
        type: str,
        *,
        detail: str | None = None,
        errors: list[Violation] | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        """Make a problem of a type in PROBLEMS; `detail` is its title when nothing is given."""
        self.type = type
        self.status, self.title = PROBLEMS[type]
        self.detail = self.title if detail is None else detail
        self.errors = errors
        self.headers = headers or {}
        super().__init__(self.detail)


def dependency_unavailable(name: str) -> Problem:
    """Return a 503 for a dependency that refuses, hangs or has no connection free."""
    return Problem(
        "dependency-unavailable",
        detail=f"The {name} is not available at the moment.",
        headers={"retry-after": "2"},
    )


def deadline_exceeded() -> Problem:
    """Return the 503 for a request that was not done in time."""
    return Problem(
        "deadline-exceeded",
        detail="The request was not done before its deadline.",
        headers={"retry-after": "1"},
    )
