"""What a caller may do, from least to most; each role includes those before it."""

from typing import Final, Literal, get_args

Role = Literal["reader", "editor", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


def roles_up_to(role: str) -> list[str]:
    """Return the role and all that it includes."""
    return list(ROLES[: ROLES.index(role) + 1])
