"""Where a request has its access token."""

from typing import Final

from fastapi import Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from app.auth.access_tokens import ABOUT
from app.auth.bearer_tokens import invalid_token
from app.context import Principal
from app.dependencies import context_of, services_of
from app.problem import Problem

_HEADER_LIMIT: Final = 4096
"""Longest Authorization header in characters."""


class _Bearer(SecurityBase):
    """FastAPI's HTTPBearer that gives the caller: one more dependency would cost more than to read a token."""

    def __init__(self) -> None:
        self.scheme_name = "bearer"
        self.model = HTTPBearer(bearerFormat="JWT", description=ABOUT)

    async def __call__(self, request: Request) -> Principal | Problem | None:
        """None without an access token, and why it is refused for one that is not valid."""
        header = request.headers.get("authorization", "")
        scheme, token = get_authorization_scheme_param(header)
        if scheme.lower() != "bearer" or not token:
            return None
        if len(header) > _HEADER_LIMIT:
            return invalid_token()
        context = context_of(request)
        try:
            found = services_of(request).auth.authenticate(token, context)
            context.principal = found if isinstance(found, Principal) else await found
        except Problem as refused:
            return refused
        return context.principal


caller: Final = _Bearer()
