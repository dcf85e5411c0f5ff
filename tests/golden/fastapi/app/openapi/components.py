"""Headers and error responses that operations share."""

from typing import Annotated, Any, Final

from pydantic import ConfigDict, Field

from app import fields
from app.fields import UNCHANGED

Schema = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

_INT: Final[Schema] = {"type": "integer", "format": "int32"}


def _text(pattern: str, most: int = 256) -> Schema:
    return {"type": "string", "maxLength": most, "pattern": pattern}


HEADERS: Final[dict[str, tuple[str, str, Schema]]] = {
    "X-Request-Id": (
        "RequestId",
        "Identifies the request in the logs.",
        {**_text("^[A-Za-z0-9._-]+$", 128), "minLength": 8},
    ),
    "X-RateLimit-Limit": (
        "RateLimitLimit",
        "Requests allowed in a window.",
        {**_INT, "minimum": 1, "maximum": 1_000_000},
    ),
    "X-RateLimit-Remaining": (
        "RateLimitRemaining",
        "Requests left.",
        {**_INT, "minimum": 0, "maximum": 1_000_000},
    ),
    "X-RateLimit-Reset": (
        "RateLimitReset",
        "Seconds until all are free again.",
        {**_INT, "minimum": 0, "maximum": 86400},
    ),
    "RateLimit": (
        "RateLimit",
        "The state of the limit, as a structured field.",
        _text('^"[a-z]+";r=[0-9]+;t=[0-9]+$'),
    ),
    "RateLimit-Policy": (
        "RateLimitPolicy",
        "The limit, as a structured field.",
        _text('^"[a-z]+";q=[0-9]+;w=[0-9]+$'),
    ),
    "Access-Control-Allow-Origin": (
        "AccessControlAllowOrigin",
        "Echoes the origin when it is allowed.",
        {"type": "string", "format": "uri", "maxLength": 2048},
    ),
    "Retry-After": (
        "RetryAfter",
        "Seconds to wait before another try.",
        {**_INT, "minimum": 1, "maximum": 86400},
    ),
    "ETag": (
        "ETag",
        "Version of the resource, for If-Match and If-None-Match.",
        _text('^"[0-9]+([.][0-9]+)*"$', 128),
    ),
    "Cache-Control": (
        "CacheControl",
        "Who may keep the answer, and for how long.",
        _text("^[a-z0-9=, -]+$"),
    ),
    "Cache-Status": ("CacheStatus", "Which cache answered (RFC 9211).", _text("^l[12]; (hit|fwd=)")),
    "Location": (
        "Location",
        "Where the new resource is.",
        {"type": "string", "format": "uri-reference", "maxLength": 2048},
    ),
    "Link": ("Link", "The next page (RFC 8288); absent on the last.", _text('^<[^>]+>; rel="[a-z]+"', 4096)),
    "Idempotent-Replayed": (
        "IdempotentReplayed",
        "Present and true when this is the stored answer of an earlier request with the same key.",
        {"type": "string", "enum": ["true"]},
    ),
}
"""By name in HTTP: name of the component, description, schema."""

COMMON: Final = tuple(HEADERS)[:7]
"""Headers of every response of a limited operation."""

ERRORS: Final[dict[int, tuple[str, str]]] = {
    400: ("BadRequest", "The request or a parameter cannot be read."),
    401: ("Unauthenticated", "Credentials are missing or not valid."),
    403: ("Forbidden", "The caller lacks the role, or the tenant."),
    404: ("NotFound", "There is nothing with this identifier."),
    406: ("NotAcceptable", "The client does not accept JSON."),
    409: ("Conflict", "The change conflicts with stored data."),
    412: ("PreconditionFailed", "The version of the resource does not meet If-Match or If-None-Match."),
    413: ("ContentTooLarge", "The body is too large."),
    414: ("UriTooLong", "The URI is too long."),
    415: ("UnsupportedMediaType", "The content type is not taken."),
    422: (
        "ValidationFailed",
        "The body is not valid, and `errors` says where; or the Idempotency-Key was used for another request.",
    ),
    429: ("RateLimited", "Too many requests."),
    431: ("HeadersTooLarge", "The URI and the headers together are too large."),
    500: ("InternalError", "Something went wrong; the request id finds it in the logs."),
    503: ("Unavailable", "Busy, draining, or a dependency is down."),
}
_RETRIED: Final = {409, 429, 503}


def success(description: str, *headers: str) -> dict[str, Any]:
    """A response that is no error, with the headers that it has besides the common ones."""
    return {"description": description, "headers": _references((*COMMON, *headers))}


def errors(*statuses: int) -> Responses:
    """The error responses of an operation."""
    return {status: {"$ref": f"#/components/responses/{ERRORS[status][0]}"} for status in statuses}


def also_json(model: str) -> Schema:
    """For `openapi_extra`: the body may come as application/json as well."""
    schema = {"$ref": f"#/components/schemas/{model}"}
    return {"requestBody": {"content": {"application/json": {"schema": schema}}}}


def header_components() -> Schema:
    """`components.headers`."""
    return {name: {"description": about, "schema": schema} for name, about, schema in HEADERS.values()}


def response_components() -> Schema:
    """`components.responses`."""
    return {name: _error(status, description) for status, (name, description) in ERRORS.items()}


def _error(status: int, description: str) -> Schema:
    names = ("X-Request-Id", "Access-Control-Allow-Origin") if status == 503 else COMMON
    headers = _references((*names, "Retry-After") if status in _RETRIED else names)
    if status == 401:
        about = "How to sign in (RFC 6750)."
        headers["WWW-Authenticate"] = {"description": about, "schema": _text("^Bearer")}
    schema = {"$ref": "#/components/schemas/ProblemDetails"}
    return {
        "description": description,
        "headers": headers,
        "content": {"application/problem+json": {"schema": schema}},
    }


def _references(names: tuple[str, ...]) -> Schema:
    return {name: {"$ref": f"#/components/headers/{HEADERS[name][0]}"} for name in names}


_Line = Annotated[str, Field(pattern=r"^[^\u0000-\u001f]*$")]


class ProblemViolation(fields.View):
    """One thing wrong with a request."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {"pointer": "#/name", "code": "required", "detail": "must be present"}
        )
    )

    pointer: str = Field(
        default=UNCHANGED,
        max_length=4096,
        pattern="^#[!-~]*$",
        description="Place in the body, a JSON Pointer as a fragment: `#/price`.",
    )
    parameter: str = Field(default=UNCHANGED, max_length=4096, description="Name of the query parameter.")
    code: str = Field(max_length=64, pattern="^[A-Za-z-]+$")
    detail: _Line = Field(max_length=4096)


class ProblemDetails(fields.View):
    """An error (RFC 9457)."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {
                "type": "/docs#problem-not-found",
                "title": "Not found",
                "status": 404,
                "detail": "Not found",
                "instance": "/v1/unknown",
                "requestId": "5d0a1c8e-3f7b-4a52-9c1e-7b2f6a4d8e10",
            }
        )
    )

    type: str = Field(
        max_length=256, description="The kind of problem.", json_schema_extra={"format": "uri-reference"}
    )
    title: _Line = Field(max_length=256)
    status: int = Field(ge=400, le=599, json_schema_extra={"format": "int32"})
    detail: _Line = Field(max_length=4096)
    instance: str = Field(max_length=8192, pattern="^[^?]*$", description="Path of the request.")
    request_id: str = Field(max_length=128, pattern="^[A-Za-z0-9._-]+$")
    trace_id: str = Field(default=UNCHANGED, max_length=32, pattern="^[0-9a-f]{32}$")
    errors: list[ProblemViolation] = Field(default=UNCHANGED, max_length=50)
