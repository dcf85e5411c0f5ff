"""No sign-in: every caller may do everything."""

from typing import Annotated

from fastapi import Depends

from app.auth.roles import Role
from app.context import Principal
from app.openapi.document import Documented
from app.problem import Problem


async def _principal() -> Principal | Problem | None:
    return None


CurrentPrincipal = Annotated[Principal | Problem | None, Depends(_principal)]


class Rule(Documented):
    """Lets everybody pass."""

    async def __call__(self, principal: CurrentPrincipal) -> None:
        return None


def require_role(role: Role) -> Rule:
    """A rule for operations that need a role where callers sign in."""
    return Rule()
