"""Access tokens in the Authorization header (RFC 6750)."""

import re
import time
from abc import ABC, abstractmethod
from hashlib import sha256
from typing import NamedTuple

import jwt
from cachetools import LRUCache

from app.context import Principal
from app.problem import Problem

TOKENS_KEPT = 10_000
TOKEN = re.compile(r"[A-Za-z0-9_.~+/-]+=*")


class Verified(NamedTuple):
    """The caller that a token was issued to, until the token expires, in seconds."""

    principal: Principal
    valid_until: float


class BearerTokens(ABC):
    """Checks them: a signature once per token, its expiry on every request."""

    def __init__(self) -> None:
        """Begin with no token."""
        self._verified: LRUCache[bytes, Verified] = LRUCache(TOKENS_KEPT)

    async def authenticate(self, token: str) -> Principal:
        """Return whom the token was issued to.

        Raises Problem `unauthenticated`, the same whatever is wrong with the token.
        """
        if not TOKEN.fullmatch(token):
            raise invalid_token()
        key = sha256(token.encode()).digest()
        cache = self._verified
        known = cache.get(key)
        if known is None:
            try:
                known = await self.verify(token)
            except (jwt.PyJWTError, TypeError, ValueError) as error:
                raise invalid_token() from error
            cache[key] = known
        if time.time() >= known.valid_until:
            raise invalid_token()
        return known.principal

    @abstractmethod
    async def verify(self, token: str) -> Verified:
        """Check a token that was not seen before."""

    def forget(self) -> None:
        """Have every token checked again."""
        # Not emptied: a check that has begun must not add to it.
        self._verified = LRUCache(TOKENS_KEPT)


def invalid_token() -> Problem:
    """Return the 401 for an access or refresh token that is not good (RFC 6750, section 3.1)."""
    detail = "The token is expired, revoked or not valid."
    challenge = f'Bearer error="invalid_token", error_description="{detail}"'
    return Problem("unauthenticated", detail=detail, headers={"www-authenticate": challenge})


def roles_in(claim: object) -> frozenset[str]:
    """Return the roles that a claim names; other forms than a list name none."""
    return (
        frozenset(role for role in claim if isinstance(role, str)) if isinstance(claim, list) else frozenset()
    )
