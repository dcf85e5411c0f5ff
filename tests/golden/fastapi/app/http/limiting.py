"""Takes requests from the buckets of rate limits."""

from app.context import RequestContext
from app.http.client_address import address_key
from app.http.rate_limit_headers import rate_limit_headers
from app.limits.bucket import Policy, Verdict
from app.problem import Problem
from app.services import Services


async def take(services: Services, policy: Policy, key: str, context: RequestContext) -> None:
    """Takes one request from the bucket `key` and sets the rate-limit headers. Raises Problem `rate-limited`."""
    taken = services.limiter.take(policy, key)
    verdict = taken if isinstance(taken, Verdict) else await taken
    context.response_headers.update(rate_limit_headers(verdict))
    if verdict.allowed:
        return
    services.metrics.rate_limited.labels(verdict.policy.name).inc()
    wait = verdict.retry_after_seconds
    raise Problem("rate-limited", detail=f"Try again in {wait} s.", headers={"retry-after": str(wait)})


async def limit_address(services: Services, policy: Policy, context: RequestContext) -> None:
    """Takes one request from the bucket of the client's address. Raises Problem `rate-limited`."""
    await take(services, policy, f"address:{address_key(context.address)}", context)
