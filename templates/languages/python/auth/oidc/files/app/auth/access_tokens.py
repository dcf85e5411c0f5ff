"""Access tokens of the issuer (RFC 9068), checked as RFC 8725 advises."""

import re
from collections.abc import Mapping
from typing import Any, Final

import jwt

from app.auth.bearer_tokens import BearerTokens, Verified, roles_in
from app.auth.issuer_keys import IssuerKeys
from app.auth.roles import ROLES, roles_up_to
from app.auth.tenants import tenant_in
from app.config import Config
from app.context import Principal
from app.telemetry.log import Log

ABOUT: Final = "An access token (RFC 9068) of the identity provider, checked as RFC8725 advises."
_TYPE: Final = "at+jwt"
_SUBJECT: Final = re.compile(r"[ -~]{1,255}")
"""As OpenID Connect Core, section 2, bounds it."""


class AccessTokens(BearerTokens):
    """Checks them with the keys of the issuer."""

    def __init__(self, config: Config, log: Log) -> None:
        """Take what tokens must have from the configuration, and begin to fetch the keys; needs a running loop."""
        super().__init__()
        self._config = config
        self._keys = IssuerKeys(config.OIDC_ISSUER, config.OIDC_KEYS_COOLDOWN_S, log, self.forget)

    def close(self) -> None:
        """End what runs in the background."""
        self._keys.close()

    async def verify(self, token: str) -> Verified:
        """Check a token that was not seen before. Raises Problem `dependency-unavailable` when nobody can."""
        config = self._config
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg", "")
        if algorithm not in config.OIDC_ALGORITHMS:
            raise jwt.InvalidAlgorithmError("the algorithm is not accepted")
        # The key comes from the issuer alone: `jwk`, `jku` and `x5u` in the header are never looked at.
        key = await self._keys.find(header.get("kid", ""), algorithm)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            issuer=config.OIDC_ISSUER,
            leeway=config.OIDC_CLOCK_SKEW_S,
            options={"require": ["sub", "exp"], "verify_aud": False, "enforce_minimum_key_length": True},
        )
        if not self._is_access_token(header, claims):
            raise jwt.InvalidTokenError("it is no access token")
        if config.OIDC_AUDIENCE not in _listed(claims.get(config.OIDC_AUDIENCE_CLAIM)):
            raise jwt.InvalidAudienceError("it is for another audience")
        if not _SUBJECT.fullmatch(claims["sub"]):
            raise jwt.InvalidTokenError("the subject is empty, too long or not printable")
        named = roles_in(_claim_at(claims, config.OIDC_ROLES_CLAIM))
        granted = frozenset(granted for role in ROLES if role in named for granted in roles_up_to(role))
        tenant = tenant_in(_claim_at(claims, config.OIDC_TENANT_CLAIM))
        principal = Principal(claims["sub"], granted, tenant)
        return Verified(principal, float(claims["exp"] + config.OIDC_CLOCK_SKEW_S))

    def _is_access_token(self, header: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
        """Whether it is no ID token, which proves to a client who has signed in and opens no API."""
        kind = str(header.get("typ") or "JWT").lower().removeprefix("application/")
        if kind == _TYPE:
            return True
        if self._config.OIDC_TOKEN_TYPE == _TYPE or kind != "jwt":
            return False
        # Amazon Cognito and Keycloak name the use of a token in a claim.
        use, made_for = claims.get("token_use", "access"), claims.get("typ", "Bearer")
        of_sign_in = {"nonce", "at_hash", "c_hash"} & claims.keys()
        return use == "access" and made_for == "Bearer" and not of_sign_in


def _listed(audience: object) -> list[object]:
    return audience if isinstance(audience, list) else [audience]


def _claim_at(claims: Mapping[str, Any], path: str) -> object:
    """Return the claim of that name, or at that path: names may have dots, as `https://example.com/roles`."""
    if path in claims:
        return claims[path]
    value: object = claims
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value
