"""Headers of callers by role, with tokens of the issuer that runs beside the tests."""

import httpx

from app.auth.roles import ROLES, roles_up_to
from app.config import Config
from scripts.dev.issuer import CLIENT_SECRET


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another."""
    return role == "admin" or needed in roles_up_to(role)


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role."""
    by: dict[str, dict[str, str]] = {"nobody": {}}
    form = {"grant_type": "client_credentials"}
    async with httpx.AsyncClient(trust_env=False) as client:
        for role in ROLES:
            answer = await client.post(f"{config.OIDC_ISSUER}/token", auth=(role, CLIENT_SECRET), data=form)
            by[role] = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return by
