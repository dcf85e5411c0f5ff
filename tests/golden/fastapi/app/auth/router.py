"""/v1/auth/…, /v1/me and the public keys."""

from base64 import urlsafe_b64encode
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Request, Response

from app.api_route import ContractRouter, asked_of
from app.auth.accounts import canonical_email
from app.auth.create import Auth
from app.auth.models import AuthCredentials, AuthRefreshToken
from app.http.admission import limit
from app.http.answer import Answer
from app.http.client_address import address_key
from app.http.reply import reply
from app.platform import Platform

_UNSTORED = {"cache-control": "no-store"}


def create_router(platform: Platform) -> APIRouter:
    """Routes of the accounts."""
    auth = platform.auth
    if not isinstance(auth, Auth):
        raise TypeError("accounts need the authenticator that knows them")
    sign_in = auth.sign_in
    router = ContractRouter(platform.contract)

    async def slow_down(action: str, email: str, request: Request) -> None:
        """Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not."""
        call = asked_of(request).call
        account = urlsafe_b64encode(sha256(canonical_email(email).encode()).digest()).rstrip(b"=").decode()
        await limit(platform, auth.policy, f"{action}:{account}:{address_key(call.address)}", call)

    @router.operation("register")
    async def register(request: Request, body: Annotated[AuthCredentials, Body()]) -> Response:
        await slow_down("register", body.email, request)
        tokens = await sign_in.register(body.email, body.password, asked_of(request).call)
        return _json(tokens, {**_UNSTORED, "location": "/v1/me"}, 201)

    @router.operation("login")
    async def login(request: Request, body: Annotated[AuthCredentials, Body()]) -> Response:
        await slow_down("login", body.email, request)
        return _json(await sign_in.login(body.email, body.password, asked_of(request).call), _UNSTORED)

    @router.operation("refresh")
    async def refresh(request: Request, body: Annotated[AuthRefreshToken, Body()]) -> Response:
        return _json(await sign_in.refresh(body.refresh_token, asked_of(request).call), _UNSTORED)

    @router.operation("logout")
    async def logout(request: Request, body: Annotated[AuthRefreshToken | None, Body()] = None) -> Response:
        if body is not None:
            await sign_in.logout(body.refresh_token, asked_of(request).call)
        return reply(Answer(204, _UNSTORED))

    @router.operation("getMe")
    async def get_me(request: Request) -> Response:
        account = await sign_in.me(asked_of(request).call)
        return _json(account, {"cache-control": "private, no-cache", "vary": "authorization, origin"})

    @router.operation("getKeys")
    async def get_keys() -> Response:
        return _json(auth.jwks, {"cache-control": "public, max-age=300"})

    return router


def _json(value: Any, headers: dict[str, str], status: int = 200) -> Response:
    return reply(Answer(status, headers, orjson.dumps(value)))
