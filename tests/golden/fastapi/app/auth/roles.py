"""What an account may do, from least to most; each role includes those before it."""

from typing import Final

ROLES: Final = ("reader", "editor", "admin")

FIRST_ROLE: Final = "reader"
"""What everybody who registers becomes."""


def roles_up_to(role: str) -> list[str]:
    """Return the role and all that it includes."""
    return list(ROLES[: ROLES.index(role) + 1])
