"""Headers of callers by role, with tokens signed by the API's own key."""

from uuid import uuid4

from app.auth.access_tokens import AccessTokens
from app.auth.roles import ROLES, roles_up_to
from app.auth.signing_keys import read_signing_keys
from app.config import Config

_TENANT = "00000000-0000-0000-0000-000000000000"


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another."""
    return role == "admin" or needed in roles_up_to(role)


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role in the tenant of the sample rows.

    `stranger` is an administrator of another tenant, `alone` one without a tenant.
    """
    tokens = AccessTokens(config, read_signing_keys(config.JWT_PRIVATE_KEY, ""))
    by: dict[str, dict[str, str]] = {"nobody": {}}
    people: list[tuple[str, str, str | None]] = [(role, role, _TENANT) for role in ROLES]
    for name, role, tenant in [*people, ("stranger", "admin", "another"), ("alone", "admin", None)]:
        token = tokens.issue(str(uuid4()), roles_up_to(role), tenant)
        by[name] = {"authorization": f"Bearer {token}"}
    return by
