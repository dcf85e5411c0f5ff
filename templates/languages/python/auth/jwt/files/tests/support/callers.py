"""Headers of callers by role, with tokens signed by the API's own key."""

from uuid import uuid4

from app.auth.access_tokens import AccessTokens
from app.auth.roles import ROLES, roles_up_to
from app.auth.signing_keys import read_signing_keys
from app.config import Config


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another."""
    return role == "admin" or needed in roles_up_to(role)


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role."""
    tokens = AccessTokens(config, read_signing_keys(config.JWT_PRIVATE_KEY, ""))
    by: dict[str, dict[str, str]] = {"nobody": {}}
    for role in ROLES:
        by[role] = {"authorization": f"Bearer {tokens.issue(str(uuid4()), roles_up_to(role))}"}
    return by
