"""Access tokens: JWTs (RFC 9068) signed with ES256, checked as RFC 8725 advises."""

import re
import time
from collections.abc import Iterable
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import jwt
from cachetools import LRUCache

from app.auth.signing_keys import ALGORITHM, SigningKeys
from app.config import Config
from app.context import Principal
from app.problem import Problem

TOKEN_TYPE = "at+jwt"  # noqa: S105
# Clocks of instances may differ by this much.
TOLERANCE_S = 5
TOKENS_KEPT = 10_000
TOKEN = re.compile(r"[A-Za-z0-9_.~+/-]+=*")


class AccessTokens:
    """Issues and checks them. A signature is checked once per token, its expiry on every request."""

    def __init__(self, config: Config, keys: SigningKeys) -> None:
        """Take issuer, audience and life of the tokens from the configuration."""
        self._issuer = config.JWT_ISSUER
        self._audience = config.JWT_AUDIENCE
        self._ttl_s = config.ACCESS_TOKEN_TTL_S
        self._keys = keys
        self._verified: LRUCache[bytes, tuple[Principal, float]] = LRUCache(TOKENS_KEPT)

    def issue(self, subject: str, roles: Iterable[str]) -> str:
        """Return a token for that caller, good for ACCESS_TOKEN_TTL_S seconds."""
        now = int(time.time())
        claims = {
            "roles": list(roles),
            "iss": self._issuer,
            "aud": self._audience,
            "sub": subject,
            "jti": str(uuid4()),
            "iat": now,
            "exp": now + self._ttl_s,
        }
        headers = {"typ": TOKEN_TYPE, "kid": self._keys.kid}
        return jwt.encode(claims, self._keys.private_key, ALGORITHM, headers)

    def authenticate(self, token: str) -> Principal:
        """Return whom the token was issued to.

        Raises Problem `unauthenticated`, the same whatever is wrong with the token.
        """
        if not TOKEN.fullmatch(token):
            raise invalid_token()
        key = sha256(token.encode()).digest()
        known = self._verified.get(key)
        if known is None:
            return self._verify(key, token)
        principal, valid_until = known
        if time.time() >= valid_until:
            raise invalid_token()
        return principal

    def _verify(self, key: bytes, token: str) -> Principal:
        try:
            claims = self._claims(token)
            principal = Principal(_account_id(claims["sub"]), _roles_in(claims.get("roles")))
            valid_until = float(claims["exp"] + TOLERANCE_S)
        except (jwt.InvalidTokenError, TypeError, ValueError) as error:
            raise invalid_token() from error
        self._verified[key] = (principal, valid_until)
        return principal

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


def invalid_token() -> Problem:
    """Return the 401 for an access or refresh token that is not good (RFC 6750, section 3.1)."""
    detail = "The token is expired, revoked or not valid."
    challenge = f'Bearer error="invalid_token", error_description="{detail}"'
    return Problem("unauthenticated", detail=detail, headers={"www-authenticate": challenge})


def _account_id(subject: str) -> str:
    # In one spelling: what is limited and kept for a caller goes by this id.
    if str(UUID(subject)) != subject:
        raise ValueError("the subject is no account id")
    return subject


def _roles_in(claim: object) -> frozenset[str]:
    return (
        frozenset(role for role in claim if isinstance(role, str)) if isinstance(claim, list) else frozenset()
    )
