"""Who makes a request, and what they may do."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from app.auth.access_tokens import invalid_token
from app.context import Principal, RequestContext
from app.dependencies import services_of
from app.openapi.components import errors
from app.openapi.document import Documented
from app.problem import Problem

_HEADER_LIMIT: Final = 4096
"""Longest Authorization header in characters; our own tokens have a tenth of that."""
_bearer: Final = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    description="An access token (RFC 9068), signed with ES256 and checked as RFC8725 advises. It lives ten minutes.",
    auto_error=False,
)


async def _principal(
    request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> Principal | Problem | None:
    """The caller; None without an access token, and why it is refused for one that is not valid."""
    if credentials is None:
        return None
    context: RequestContext = request.state.context
    if len(request.headers["authorization"]) > _HEADER_LIMIT:
        return invalid_token()
    try:
        context.principal = services_of(request).auth.authenticate(credentials.credentials)
    except Problem as refused:
        return refused
    return context.principal


CurrentPrincipal = Annotated[Principal | Problem | None, Depends(_principal)]
"""The rate limit counts a token that is refused, and raises the problem."""


class SignedIn(Documented):
    """Refuses callers without an access token."""

    signs_in = True

    async def __call__(self, principal: CurrentPrincipal) -> None:
        if not isinstance(principal, Principal):
            raise Problem("unauthenticated", headers={"www-authenticate": "Bearer"})


class RequireRole(SignedIn):
    """Refuses callers who lack a role."""

    responses = errors(403)

    def __init__(self, role: str) -> None:
        self.role = role
        self.extra = {"x-required-role": role}

    async def __call__(self, principal: CurrentPrincipal) -> None:
        await super().__call__(principal)
        roles = principal.roles if isinstance(principal, Principal) else ()
        if self.role not in roles and "admin" not in roles:
            raise Problem("forbidden", detail=f'This needs the role "{self.role}".')


def require_role(role: str) -> RequireRole:
    """A dependency that lets pass who has the role, and admins."""
    return RequireRole(role)
