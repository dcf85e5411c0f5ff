"""Roles of callers. Without sign-in every caller has all of them."""

from typing import Final, Literal, get_args

Role = Literal["reader", "editor", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
