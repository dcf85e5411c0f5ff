"""Content negotiation (RFC 9110, section 12.5.1)."""

from functools import lru_cache
from typing import Final

from fastapi import Request
from mimeparse import MimeTypeParseException, best_match

from app.openapi.components import errors
from app.openapi.document import Documented
from app.problem import Problem

JSON: Final = ("application/json",)


class AcceptsJson(Documented):
    """Refuses clients that do not accept JSON."""

    responses = errors(406)

    async def __call__(self, request: Request) -> None:
        require_accepted(request)


def require_accepted(request: Request, offered: tuple[str, ...] = JSON) -> None:
    """Raises Problem `not-acceptable`."""
    accept = request.headers.get("accept", "*/*")
    if accept != "*/*" and not takes(accept, offered):
        raise Problem("not-acceptable", detail=f"This resource is {' or '.join(offered)}.")


@lru_cache(256)
def takes(accept: str, offered: tuple[str, ...] = JSON) -> bool:
    """Whether the value of an Accept header allows one of these media types, or the problems instead."""
    try:
        return bool(best_match(("application/problem+json", *offered), accept.lower()))
    except MimeTypeParseException:
        return False
