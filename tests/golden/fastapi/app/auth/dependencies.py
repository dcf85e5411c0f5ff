"""Who makes a request, and what they may do."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Final

from fastapi import Depends

from app.auth.roles import ROLES, Role
from app.auth.scheme import caller
from app.context import Principal
from app.names import must_be_one_of
from app.openapi.components import errors
from app.openapi.document import Documented
from app.problem import Problem

CurrentPrincipal = Annotated[Principal | Problem | None, Depends(caller)]
"""The rate limit counts credentials that are refused, and raises the problem."""


class Rule(Documented):
    """Refuses callers without credentials."""

    signs_in = True

    async def __call__(self, principal: CurrentPrincipal) -> None:
        if not isinstance(principal, Principal):
            raise Problem("unauthenticated", headers={"www-authenticate": "Bearer"})


signed_in: Final = Rule()


class RequireTenant(Rule):
    """Refuses callers without a tenant."""

    responses = errors(403)
    extra: Mapping[str, Any] = MappingProxyType({"x-required-tenant": True})

    async def __call__(self, principal: CurrentPrincipal) -> None:
        await super().__call__(principal)
        if isinstance(principal, Principal) and principal.tenant is None:
            raise Problem("forbidden", detail="This needs a caller with a tenant.")


in_tenant: Final = RequireTenant()


class RequireRole(Rule):
    """Refuses callers who lack a role, or a tenant where they need one."""

    responses = errors(403)

    def __init__(self, role: Role, *, tenant: bool = False) -> None:
        if role not in ROLES:
            raise ValueError(f'the role "{role}" {must_be_one_of(role, ROLES)}')
        self.role = role
        self.extra = {"x-required-role": role, **(in_tenant.extra if tenant else {})}
        self._tenant = tenant

    async def __call__(self, principal: CurrentPrincipal) -> None:
        await super().__call__(principal)
        roles = principal.roles if isinstance(principal, Principal) else ()
        if self.role not in roles and "admin" not in roles:
            raise Problem("forbidden", detail=f'This needs the role "{self.role}".')
        if self._tenant:
            await in_tenant(principal)


def require_role(role: Role, *, tenant: bool = False) -> RequireRole:
    """A dependency that lets pass who has the role, and admins; with `tenant` only those who have a tenant."""
    return RequireRole(role, tenant=tenant)
