"""Access tokens: JWTs (RFC 9068) signed with ES256, checked as RFC 8725 advises."""

import time
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid4

import jwt

from app.auth.bearer_tokens import BearerTokens, Verified, roles_in
from app.auth.signing_keys import ALGORITHM, SigningKeys
from app.auth.tenants import tenant_in
from app.config import Config
from app.context import Principal

ABOUT: Final = (
    "An access token (RFC 9068), signed with ES256 and checked as RFC8725 advises. "
    "It lives ten minutes. On `/docs`, `POST /v1/auth/login` signs the page in."
)
TOKEN_TYPE = "at+jwt"  # noqa: S105
# Clocks of instances may differ by this much.
TOLERANCE_S = 5


class AccessTokens(BearerTokens):
    """Issues and checks them."""

    def __init__(self, config: Config, keys: SigningKeys) -> None:
        """Take issuer, audience and life of the tokens from the configuration."""
        super().__init__()
        self._issuer = config.JWT_ISSUER
        self._audience = config.JWT_AUDIENCE
        self._ttl_s = config.ACCESS_TOKEN_TTL_S
        self._keys = keys

    def issue(self, subject: str, roles: Iterable[str], tenant: str | None = None) -> str:
        """Return a token for that caller, good for ACCESS_TOKEN_TTL_S seconds."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "roles": list(roles),
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._ttl_s,
        }
        if tenant is not None:
            claims["tenant"] = tenant
        headers = {"typ": TOKEN_TYPE, "kid": self._keys.kid}
        return jwt.encode(claims, self._keys.private_key, ALGORITHM, headers)

    async def verify(self, token: str) -> Verified:
        """Check a token that was not seen before."""
        claims = self._claims(token)
        roles, tenant = roles_in(claims.get("roles")), tenant_in(claims.get("tenant"))
        principal = Principal(_account_id(claims["sub"]), roles, tenant)
        return Verified(principal, float(claims["exp"] + TOLERANCE_S))

    def _claims(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        # The key comes from our own list alone: `jwk`, `jku` and `x5u` in the header are never looked at.
        key = self._keys.verifying.get(header.get("kid", ""))
        if key is None or header.get("typ") != TOKEN_TYPE:
            raise jwt.InvalidTokenError("the token names no key of ours, or is of another kind")
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=self._issuer,
            audience=self._audience,
            leeway=TOLERANCE_S,
            options={"require": ["sub", "exp", "iat", "jti"]},
        )
        if time.time() - claims["iat"] > self._ttl_s + TOLERANCE_S:
            raise jwt.ExpiredSignatureError("the token is older than tokens become")
        return claims


def _account_id(subject: str) -> str:
    # In one spelling: what is limited and kept for a caller goes by this id.
    if str(UUID(subject)) != subject:
        raise ValueError("the subject is no account id")
    return subject
