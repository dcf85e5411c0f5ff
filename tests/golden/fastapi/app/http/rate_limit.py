"""What a request passes before its endpoint, as dependencies."""

from typing import get_args

from fastapi import Request

from app.auth.dependencies import CurrentPrincipal, Rule
from app.context import Principal
from app.dependencies import context_of, services_of
from app.http.accept import JSON, require_accepted
from app.http.limiting import limit_address, take
from app.limits.policies import PolicyName
from app.names import must_be_one_of
from app.openapi.components import errors
from app.openapi.document import Documented


class Access(Documented):
    """The rate limit of the caller, a rule such as `require_role("editor")`, and the Accept header, in this order.

    One dependency: each costs more than what these do.
    """

    def __init__(self, policy: PolicyName, rule: Rule | None = None, offered: tuple[str, ...] = JSON) -> None:
        if policy not in get_args(PolicyName):
            known = must_be_one_of(policy, get_args(PolicyName))
            raise ValueError(f'the rate limit policy "{policy}" {known}')
        self._policy = policy
        self.limits = policy
        self.responses = errors(406, 429)
        self._rule = rule
        self._offered = offered
        if rule is not None:
            self.responses |= rule.responses
            self.extra, self.signs_in = rule.extra, rule.signs_in

    async def __call__(self, request: Request, principal: CurrentPrincipal) -> None:
        context, services = context_of(request), services_of(request)
        policy = services.policies[self._policy]
        if isinstance(principal, Principal):
            await take(services, policy, f"principal:{principal.id}", context)
        else:
            await limit_address(services, policy, context)
            if principal is not None:
                # Guessing tokens costs the address, or it could be done without end.
                raise principal
        if self._rule is not None:
            await self._rule(principal)
        require_accepted(request, self._offered)


class AddressLimit(Documented):
    """Counts a request against its address, signed in or not."""

    responses = errors(429)
    limits = "default"

    async def __call__(self, request: Request) -> None:
        services = services_of(request)
        await limit_address(services, services.policies["default"], context_of(request))
