"""Who makes a request, and what they may do."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBearer
from fastapi.security.base import SecurityBase
from fastapi.security.utils import get_authorization_scheme_param

from app.auth.access_tokens import ABOUT
from app.auth.bearer_tokens import invalid_token
from app.auth.roles import ROLES, Role
from app.context import Principal
from app.dependencies import context_of, services_of
from app.names import must_be_one_of
from app.openapi.components import errors
from app.openapi.document import Documented
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
            context.principal = await services_of(request).auth.authenticate(token)
        except Problem as refused:
            return refused
        return context.principal


CurrentPrincipal = Annotated[Principal | Problem | None, Depends(_Bearer())]
"""The rate limit counts a token that is refused, and raises the problem."""


class Rule(Documented):
    """Refuses callers without an access token."""

    signs_in = True

    async def __call__(self, principal: CurrentPrincipal) -> None:
        if not isinstance(principal, Principal):
            raise Problem("unauthenticated", headers={"www-authenticate": "Bearer"})


signed_in: Final = Rule()


class RequireRole(Rule):
    """Refuses callers who lack a role."""

    responses = errors(403)

    def __init__(self, role: Role) -> None:
        if role not in ROLES:
            raise ValueError(f'the role "{role}" {must_be_one_of(role, ROLES)}')
        self.role = role
        self.extra = {"x-required-role": role}

    async def __call__(self, principal: CurrentPrincipal) -> None:
        await super().__call__(principal)
        roles = principal.roles if isinstance(principal, Principal) else ()
        if self.role not in roles and "admin" not in roles:
            raise Problem("forbidden", detail=f'This needs the role "{self.role}".')


def require_role(role: Role) -> RequireRole:
    """A dependency that lets pass who has the role, and admins."""
    return RequireRole(role)
