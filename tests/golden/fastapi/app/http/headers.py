"""Headers of every answer."""

import re
from collections.abc import Callable, Sequence

_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
_EXPOSED = "etag, link, location, retry-after, x-request-id, x-ratelimit-limit, x-ratelimit-remaining, x-ratelimit-reset"
_ALLOWED = "authorization, content-type, idempotency-key, if-match, if-none-match, x-request-id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,128}")


def common_headers(request_id: str) -> dict[str, str]:
    """Headers of every answer (OWASP secure headers): an API is nothing to render, frame or sniff."""
    return {
        "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "referrer-policy": "no-referrer",
        "cross-origin-resource-policy": "same-origin",
        "strict-transport-security": _STRICT_TRANSPORT,
        "x-request-id": request_id,
    }


def cors_headers(origin: str | None, origins: Sequence[str]) -> dict[str, str] | None:
    """CORS headers for an origin on the list, else None. `null` is never on it."""
    if origin is None or origin == "null" or origin not in origins:
        return None
    return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": _EXPOSED,
        "cross-origin-resource-policy": "cross-origin",
        "vary": "origin",
    }


def preflight_headers(allow: str) -> dict[str, str]:
    """What a preflight is told besides `cors_headers`."""
    return {
        "access-control-allow-methods": allow,
        "access-control-allow-headers": _ALLOWED,
        "access-control-max-age": "600",
    }


def request_id(given: str | None, fresh: Callable[[], str]) -> str:
    """The caller's X-Request-Id when it is well formed, else a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else fresh()
