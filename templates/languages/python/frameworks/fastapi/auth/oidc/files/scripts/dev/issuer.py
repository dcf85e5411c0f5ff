"""An issuer of OpenID Connect for development and tests.

Who signs in chooses one of the people; clients of the same names get tokens with the same claims by client credentials.
It knows the authorization code flow with PKCE (RFC 7636) and client credentials, and listens on this machine alone.
"""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection
from hashlib import sha256
from html import escape
from secrets import token_urlsafe
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import uuid4

import jwt
import uvicorn
from cryptography.hazmat.primitives.asymmetric import ec
from fastapi import FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.security import HTTPBasic

from app.auth.roles import ROLES, roles_up_to

CLIENT_SECRET: Final = "development"  # noqa: S105
"""Of the clients that are named like people."""
_TENANT: Final = "00000000-0000-0000-0000-000000000000"
"""That of the sample rows."""
PEOPLE: Final[dict[str, dict[str, Any]]] = {
    **{role: {"roles": roles_up_to(role), "tenant": _TENANT} for role in ROLES},
    "stranger": {"roles": roles_up_to("admin"), "tenant": "another"},
    "alone": {"roles": roles_up_to("admin")},
}
"""Who can sign in, and their claims: one for each role, and administrators of another tenant and of none."""
_LIFE_S: Final = 3600


def create_issuer(url: str, audience: str, docs: Collection[str]) -> FastAPI:
    """Make the issuer at that URL. `audience` is the one of access tokens, `docs` has the URLs of the page that may sign in."""
    app = FastAPI(openapi_url=None)
    app.add_middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["GET", "POST"])
    key = ec.generate_private_key(ec.SECP256R1())
    kid = str(uuid4())
    codes: dict[str, dict[str, str]] = {}
    basic = HTTPBasic(auto_error=False)

    def signed(kind: str, claims: dict[str, Any]) -> str:
        now = int(time.time())
        common = {"iss": url, "iat": now, "exp": now + _LIFE_S, "jti": str(uuid4())}
        return jwt.encode({**common, **claims}, key, "ES256", {"typ": kind, "kid": kid})

    def access_token(subject: str, client: str) -> dict[str, Any]:
        own = PEOPLE.get(subject, {"roles": []})
        claims = {"sub": subject, "aud": audience, "client_id": client, **own}
        return {"access_token": signed("at+jwt", claims), "token_type": "Bearer", "expires_in": _LIFE_S}

    @app.get("/.well-known/openid-configuration")
    async def metadata() -> dict[str, Any]:
        return {
            "issuer": url,
            "jwks_uri": f"{url}/jwks",
            "authorization_endpoint": f"{url}/auth",
            "token_endpoint": f"{url}/token",
            "response_types_supported": ["code"],
            "grant_types_supported": ["authorization_code", "client_credentials"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid"],
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    @app.get("/jwks")
    async def jwks() -> dict[str, Any]:
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(key.public_key()))
        return {"keys": [{**public, "kid": kid, "alg": "ES256", "use": "sig"}]}

    @app.get("/auth", response_class=HTMLResponse)
    async def authorize(request: Request) -> HTMLResponse:
        given = request.query_params
        if given.get("client_id") != "docs" or given.get("redirect_uri") not in docs:
            raise HTTPException(400, "unknown client or redirect_uri")
        if given.get("code_challenge_method") != "S256" or not given.get("code_challenge"):
            raise HTTPException(400, "PKCE with S256 is required")
        links = "".join(
            f'<li><a href="/sign-in?{escape(urlencode({**given, "as": role}))}">{role}</a></li>'
            for role in PEOPLE
        )
        return HTMLResponse(f"<!doctype html><title>Sign in</title><h1>Sign in as</h1><ul>{links}</ul>")

    @app.get("/sign-in")
    async def sign_in(request: Request) -> RedirectResponse:
        given = dict(request.query_params)
        page = given.get("redirect_uri")
        if page not in docs or given.get("as") not in PEOPLE:
            raise HTTPException(400, "unknown redirect_uri or role")
        code = token_urlsafe()
        codes[code] = given
        return RedirectResponse(f"{page}?{urlencode({'code': code, 'state': given.get('state', '')})}", 303)

    @app.post("/token")
    async def token(request: Request) -> dict[str, Any]:
        form = dict(parse_qsl((await request.body()).decode()))
        grant_type = form.get("grant_type")
        if grant_type == "client_credentials":
            client = await basic(request)
            if client is None or client.username not in PEOPLE or client.password != CLIENT_SECRET:
                raise HTTPException(401, "unknown client")
            return access_token(client.username, client.username)
        given = codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        if grant_type != "authorization_code" or given is None or given["code_challenge"] != challenge:
            raise HTTPException(400, "the grant is not valid")
        id_token = signed("JWT", {"sub": given["as"], "aud": "docs", "nonce": given.get("nonce")})
        return {**access_token(given["as"], "docs"), "id_token": id_token}

    return app


def start_issuer(port: int, audience: str, docs: Collection[str]) -> Callable[[], None]:
    """Start it beside this thread, and return how to stop it. Raises RuntimeError when it does not start."""
    issuer = create_issuer(f"http://localhost:{port}", audience, docs)
    server = uvicorn.Server(uvicorn.Config(issuer, host="localhost", port=port, log_level="warning"))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the issuer did not start")
        time.sleep(0.05)

    def stop() -> None:
        server.should_exit = True
        thread.join()

    return stop
