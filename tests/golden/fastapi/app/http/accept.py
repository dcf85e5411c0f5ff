"""Content negotiation (RFC 9110, section 12.5.1)."""

from functools import lru_cache
from typing import Final

from fastapi import Request
from mimeparse import MimeTypeParseException, best_match

from app.openapi.components import errors
from app.openapi.document import Documented
from app.problem import Problem

_OFFERED: Final = ("application/problem+json", "application/json")


class AcceptsJson(Documented):
    """Refuses clients that do not accept JSON."""

    responses = errors(406)

    async def __call__(self, request: Request) -> None:
        require_json_accepted(request)


def require_json_accepted(request: Request) -> None:
    """Raises Problem `not-acceptable`."""
    accept = request.headers.get("accept", "*/*")
    if accept != "*/*" and not takes_json(accept):
        raise Problem("not-acceptable", detail="This resource is application/json.")


@lru_cache(256)
def takes_json(accept: str) -> bool:
    """Whether the value of an Accept header allows JSON."""
    try:
        return bool(best_match(_OFFERED, accept.lower()))
    except MimeTypeParseException:
        return False
