"""Where a request has its API key."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.openapi.models import APIKey, HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from app.context import Principal
from app.dependencies import context_of, services_of
from app.problem import Problem

_BEARER: Final = "An API key as bearer token (RFC 6750)."
_HEADER: Final = "The same key in a header of its own. A request with two different keys is answered 400."


class _Bearer(SecurityBase):
    """The Authorization header."""

    def __init__(self) -> None:
        self.scheme_name = "bearer"
        self.model = HTTPBearer(description=_BEARER)

    async def __call__(self, request: Request) -> str | None:
        """None for another scheme than Bearer, and without the header."""
        scheme, key = get_authorization_scheme_param(request.headers.get("authorization", ""))
        return key.strip() if scheme.lower() == "bearer" else None


class _ApiKey(SecurityBase):
    """FastAPI's APIKeyHeader that gives the caller, by the key in either header."""

    def __init__(self) -> None:
        self.scheme_name = "apiKey"
        self.model = APIKey.model_validate({"in": "header", "name": "X-API-Key", "description": _HEADER})

    async def __call__(
        self, request: Request, bearer: Annotated[str | None, Depends(_Bearer())]
    ) -> Principal | Problem | None:
        """None without a key, and why it is refused for one that is not valid."""
        own = ", ".join(request.headers.getlist("x-api-key")) if "x-api-key" in request.headers else None
        if own is not None and bearer is not None and own != bearer:
            # RFC 6750, section 2.
            detail = "Authorization and X-API-Key have different keys."
            challenge = 'Bearer error="invalid_request"'
            return Problem("malformed-request", detail=detail, headers={"www-authenticate": challenge})
        key = bearer if own is None else own
        if key is None:
            return None
        context = context_of(request)
        try:
            found = services_of(request).auth.authenticate(key, context)
            context.principal = found if isinstance(found, Principal) else await found
        except Problem as refused:
            return refused
        return context.principal


caller: Final = _ApiKey()
