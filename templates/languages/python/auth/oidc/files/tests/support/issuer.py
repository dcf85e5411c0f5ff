"""An issuer that can fail, and that signs any claims."""

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from app.auth.access_tokens import AccessTokens
from app.config import Config
from app.telemetry.log import Log

URL = "https://id.example.com/shop"
AUDIENCE = "the-api"


class Issuer:
    """Answers in the place of the network."""

    def __init__(self) -> None:
        """Begin with one key."""
        self.fetches = 0
        self.down = False
        self.rotate()

    def rotate(self) -> None:
        """From now on, another key signs, and it alone is published."""
        self.key = generate_private_key(SECP256R1())
        self.kid = str(uuid4())

    def sign(self, claims: dict[str, Any] | None = None, *, key: Any = None, **header: Any) -> str:
        """Return a token with these claims and header members over those of a good one; None leaves one out."""
        now = int(time.time())
        good = {"iss": URL, "aud": AUDIENCE, "sub": "ada", "iat": now, "exp": now + 60, "roles": ["editor"]}
        given = {name: value for name, value in {**good, **(claims or {})}.items() if value is not None}
        head = {"typ": "at+jwt", "kid": self.kid, **header}
        if head["kid"] is None:
            del head["kid"]
        return jwt.encode(given, key or self.key, "ES256", head)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer a request of the API."""
        if self.down:
            raise httpx.ConnectError("it is down", request=request)
        if request.url.path == "/shop/.well-known/openid-configuration":
            return httpx.Response(200, json={"issuer": URL, "jwks_uri": f"{URL}/keys"})
        self.fetches += 1
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return httpx.Response(200, json={"keys": [{**public, "kid": self.kid, "use": "sig"}]})


@asynccontextmanager
async def checked(
    monkeypatch: pytest.MonkeyPatch, config: Config, log: Log, **settings: object
) -> AsyncIterator[tuple[Issuer, AccessTokens]]:
    """Give an issuer, and what checks its tokens."""
    issuer = Issuer()
    client = httpx.AsyncClient
    transport = httpx.MockTransport(issuer.answer)
    monkeypatch.setattr(httpx, "AsyncClient", lambda **given: client(**given, transport=transport))
    changed = {"OIDC_ISSUER": URL, "OIDC_AUDIENCE": AUDIENCE, "OIDC_KEYS_COOLDOWN_S": 1, **settings}
    tokens = AccessTokens(config.model_copy(update=changed), log)
    yield issuer, tokens
    tokens.close()
