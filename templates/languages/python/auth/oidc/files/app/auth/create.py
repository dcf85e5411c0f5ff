"""Sign-in at an issuer of OpenID Connect, whose access tokens callers bring."""

import re
from dataclasses import dataclass
from typing import Final

from app.auth.access_tokens import AccessTokens
from app.auth.authenticator import Authenticator
from app.auth.issuer_keys import is_trustworthy
from app.config import Config, SettingsError
from app.context import Principal, RequestContext
from app.telemetry.log import Log

_ASYMMETRIC: Final = re.compile(r"(ES|PS|RS)(256|384|512)|EdDSA")
"""Asymmetric algorithms: a verifier cannot sign."""


@dataclass(frozen=True, slots=True)
class Auth:
    """The authenticator."""

    tokens: AccessTokens

    async def authenticate(self, credentials: str, context: RequestContext) -> Principal:
        """Tell whom the access token was issued to. Raises Problem `unauthenticated`."""
        return await self.tokens.authenticate(credentials)

    def close(self) -> None:
        """End what runs in the background."""
        self.tokens.close()


async def create_auth(*, config: Config, log: Log, **_others: object) -> Authenticator:
    """Begin to fetch the keys of the issuer. Raises SettingsError when a setting cannot be used."""
    wrong = []
    if not is_trustworthy(config.OIDC_ISSUER):
        wrong.append("OIDC_ISSUER must be an HTTPS URL: its keys are trusted")
    names = config.OIDC_ALGORITHMS
    if not names or not all(_ASYMMETRIC.fullmatch(name) for name in names):
        wrong.append("OIDC_ALGORITHMS must name asymmetric algorithms, such as ES256 or RS256")
    if wrong:
        raise SettingsError(wrong)
    return Auth(AccessTokens(config, log))
