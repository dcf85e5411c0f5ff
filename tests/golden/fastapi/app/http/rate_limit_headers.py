"""Rate-limit headers."""

from functools import lru_cache

from app.limits.bucket import Verdict


def rate_limit_headers(verdict: Verdict) -> dict[str, str]:
    """The fields of draft-ietf-httpapi-ratelimit-headers-10, and the older X- fields that many clients read.

    All times are seconds from now.
    """
    policy = verdict.policy
    remaining, reset = verdict.remaining, verdict.reset_seconds
    return {
        "x-ratelimit-limit": str(policy.quota),
        "x-ratelimit-remaining": str(remaining),
        "x-ratelimit-reset": str(reset),
        "ratelimit-policy": _policy_header(policy.name, policy.quota, policy.window_seconds),
        "ratelimit": f'"{policy.name}";r={remaining};t={reset}',
    }


@lru_cache
def _policy_header(name: str, quota: int, window_seconds: int) -> str:
    return f'"{name}";q={quota};w={window_seconds}'
