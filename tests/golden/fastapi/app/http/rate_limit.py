"""Rate limits as dependencies."""

from typing import Literal

from fastapi import Request

from app.auth.dependencies import CurrentPrincipal
from app.context import Principal, RequestContext
from app.dependencies import services_of
from app.http.limiting import limit_address, take
from app.openapi.components import errors
from app.openapi.document import Documented


class RateLimit(Documented):
    """Counts a request against its caller: the account, else the address."""

    responses = errors(429)

    def __init__(self, policy: Literal["default", "write"]) -> None:
        self.limits = policy

    async def __call__(self, request: Request, principal: CurrentPrincipal) -> None:
        # Not a dependency: each costs more than what this one does.
        context: RequestContext = request.state.context
        services = services_of(request)
        policy = services.policies[self.limits]
        if isinstance(principal, Principal):
            await take(services, policy, f"principal:{principal.id}", context)
            return
        await limit_address(services, policy, context)
        if principal is not None:
            # Guessing tokens costs the address, or it could be done without end.
            raise principal


class AddressLimit(Documented):
    """Counts a request against its address, signed in or not."""

    responses = errors(429)
    limits = "default"

    async def __call__(self, request: Request) -> None:
        context: RequestContext = request.state.context
        services = services_of(request)
        await limit_address(services, services.policies[self.limits], context)
