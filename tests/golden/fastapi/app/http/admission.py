"""The checks between the route and the body."""

from collections.abc import Awaitable

from app.context import Call, Principal
from app.contract import Operation
from app.http.asked import Asked
from app.http.client_address import address_key
from app.http.negotiation import require_json_accepted, require_readable_body
from app.http.rate_limit_headers import rate_limit_headers
from app.limits.bucket import Policy, Verdict
from app.platform import Platform
from app.problem import Problem


async def admit(platform: Platform, operation: Operation, asked: Asked) -> None:
    """Rate limit, authentication, authorisation, media types and declared length, in the order in which they fail.

    Raises Problem of the first that fails.
    """
    if operation.rate_limit == "none":
        return
    policy = platform.policies[operation.rate_limit]
    principal = await _identify(platform, operation, policy, asked)
    call = asked.call
    if principal is None:
        await limit(platform, policy, _address_bucket(call), call)
        if operation.authentication == "required":
            raise Problem("unauthenticated", headers={"www-authenticate": platform.auth.challenge})
    else:
        call.principal = principal
        await limit(platform, policy, f"principal:{principal.id}", call)
        role = operation.required_role
        if role is not None and role not in principal.roles and "admin" not in principal.roles:
            raise Problem("forbidden", detail=f'This needs the role "{role}".')
    require_json_accepted(asked.header("accept"))
    require_readable_body(asked.headers, operation, operation.body_limit(platform.config.BODY_LIMIT_BYTES))


async def _identify(
    platform: Platform, operation: Operation, policy: Policy, asked: Asked
) -> Principal | None:
    authorization = asked.header("authorization")
    if operation.authentication == "none" or authorization is None:
        return None
    try:
        return platform.auth.authenticate(authorization)
    except Problem:
        # Guessing tokens costs the address, or it could be done without end.
        await limit(platform, policy, _address_bucket(asked.call), asked.call)
        raise


async def limit(platform: Platform, policy: Policy, key: str, call: Call) -> None:
    """Takes one request from the bucket `key` and tells the caller in headers. Raises Problem `rate-limited`."""
    taken: Verdict | Awaitable[Verdict] = platform.limiter.take(policy, key)
    verdict = taken if isinstance(taken, Verdict) else await taken
    call.response_headers.update(rate_limit_headers(verdict))
    if verdict.allowed:
        return
    platform.metrics.rate_limited.labels(verdict.policy.name).inc()
    wait = verdict.retry_after_seconds
    raise Problem("rate-limited", detail=f"Try again in {wait} s.", headers={"retry-after": str(wait)})


def _address_bucket(call: Call) -> str:
    return f"address:{address_key(call.address)}"
