"""Headers of callers by role, with tokens of the issuer that runs beside the tests."""

import httpx

from app.auth.roles import roles_up_to
from app.config import Config
from scripts.dev.issuer import CLIENT_SECRET, PEOPLE


def may_act(role: str, needed: str) -> bool:
    """Tell whether a caller with one role may do what needs another."""
    return role == "admin" or needed in roles_up_to(role)


async def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of everybody whom the issuer knows."""
    by: dict[str, dict[str, str]] = {"nobody": {}}
    form = {"grant_type": "client_credentials"}
    async with httpx.AsyncClient(trust_env=False) as client:
        for name in PEOPLE:
            answer = await client.post(f"{config.OIDC_ISSUER}/token", auth=(name, CLIENT_SECRET), data=form)
            by[name] = {"authorization": f"Bearer {answer.json()['access_token']}"}
    return by
