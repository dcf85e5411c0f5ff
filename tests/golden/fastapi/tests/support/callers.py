"""Headers of callers by role, with tokens signed by the API's own key."""

from uuid import uuid4

from app.auth.access_tokens import AccessTokens
from app.auth.signing_keys import read_signing_keys
from app.config import Config


def callers(config: Config) -> dict[str, dict[str, str]]:
    """Return headers of `nobody`, and of a caller for each role."""
    tokens = AccessTokens(config, read_signing_keys(config.JWT_PRIVATE_KEY, ""))
    by_role = {
        role: {"authorization": f"Bearer {tokens.issue(str(uuid4()), [role])}"}
        for role in ("reader", "editor", "admin")
    }
    return {"nobody": {}, **by_role}
