"""The limits of ordinary operations, by their names in the document."""

from typing import Literal

from app.config import Config
from app.limits.bucket import Policy

PolicyName = Literal["default", "write"]
"""The names of the policies; `policies` says how much each allows."""

LEASE_AT_LEAST = 20


def lease(quota: int, window_seconds: int) -> int:
    """Tokens an instance takes at a time: what comes back in a second, as tokens that are held longer are taken for
    spent; never more than a tenth of the quota, so that little is stranded on an instance that nobody asks.
    """
    return max(1, int(min(quota / 10, max(LEASE_AT_LEAST, quota / window_seconds))))


def policies(config: Config) -> dict[PolicyName, Policy]:
    """The limits by name. A lease above 1 saves round trips to the shared store."""
    window = config.RATE_LIMIT_WINDOW_S
    quota = config.RATE_LIMIT_DEFAULT
    return {
        "default": Policy("default", quota, window, lease(quota, window)),
        "write": Policy("write", config.RATE_LIMIT_WRITE, window, 1),
    }
