"""Headers of every answer."""

import re
from collections.abc import Callable

_STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
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


def request_id(given: str | None, fresh: Callable[[], str]) -> str:
    """The caller's X-Request-Id when it is well formed, else a new one."""
    return given if given is not None and _REQUEST_ID.fullmatch(given) else fresh()
