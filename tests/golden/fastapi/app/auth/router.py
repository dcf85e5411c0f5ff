"""/v1/auth/…, /v1/me and the public keys."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.auth.accounts import account_key
from app.auth.create import Auth
from app.auth.dependencies import signed_in
from app.auth.models import (
    AuthAccount,
    AuthConfirmation,
    AuthCredentials,
    AuthKeySet,
    AuthRefreshToken,
    AuthRegistration,
    AuthTokens,
)
from app.auth.sign_in import Tokens
from app.auth.signing_keys import Jwk
from app.dependencies import Context, no_query, services_of
from app.http.accept import AcceptsJson
from app.http.client_address import address_key
from app.http.json_route import JsonRoute
from app.http.limiting import take
from app.http.rate_limit import Access, AddressLimit
from app.openapi.components import errors, success

router = APIRouter(
    tags=["Auth"],
    route_class=JsonRoute,
    responses=errors(400, 500, 503),
    dependencies=[Depends(no_query), Depends(AcceptsJson())],
)
_SMALL = {"x-body-limit": 4096}
_by_address = [Depends(AddressLimit())]


async def _auth(request: Request) -> Auth:
    auth = services_of(request).auth
    if not isinstance(auth, Auth):
        raise TypeError("accounts need the authenticator that knows them")
    return auth


AccountService = Annotated[Auth, Depends(_auth)]


def _unstored(response: Response) -> None:
    response.headers["cache-control"] = "no-store"


@router.post(
    "/v1/auth/register",
    operation_id="register",
    response_class=Response,
    summary="Ask for an account, by mail",
    status_code=202,
    dependencies=_by_address,
    responses={
        202: success("A mail was sent, with a token to a new address, or to say that there is an account."),
        **errors(403),
    },
    openapi_extra=_SMALL,
)
async def register(
    request: Request, body: AuthRegistration, auth: AccountService, context: Context
) -> Response:
    services = services_of(request)
    await take(services, auth.policy, f"register:{address_key(context.address)}", context)
    await take(services, auth.mails, account_key(body.email), context)
    await auth.sign_in.register(body.email, context)
    return Response(status_code=202, headers={"cache-control": "no-store"})


@router.post(
    "/v1/auth/confirm",
    operation_id="confirm",
    response_model=AuthTokens,
    summary="Make the account of the address that a token was sent to",
    status_code=201,
    dependencies=_by_address,
    responses={201: success("Made and signed in.", "Location"), **errors(409)},
    openapi_extra=_SMALL,
)
async def confirm(
    response: Response, body: AuthConfirmation, auth: AccountService, context: Context
) -> Tokens:
    _unstored(response)
    response.headers["location"] = "/v1/me"
    return await auth.sign_in.confirm(body.token, body.password, context)


@router.post(
    "/v1/auth/login",
    operation_id="login",
    response_model=AuthTokens,
    summary="Sign in",
    dependencies=_by_address,
    responses={200: success("Signed in."), **errors(401)},
    openapi_extra=_SMALL,
)
async def login(
    request: Request, response: Response, body: AuthCredentials, auth: AccountService, context: Context
) -> Tokens:
    # Someone who tries passwords is slowed down; the owner of the account, elsewhere, is not.
    key = f"login:{account_key(body.email)}:{address_key(context.address)}"
    await take(services_of(request), auth.policy, key, context)
    _unstored(response)
    return await auth.sign_in.login(body.email, body.password, context)


@router.post(
    "/v1/auth/refresh",
    operation_id="refresh",
    response_model=AuthTokens,
    summary="Exchange a refresh token for a new pair",
    dependencies=_by_address,
    responses={200: success("A new pair; the old refresh token is void."), **errors(401, 409)},
    openapi_extra=_SMALL,
)
async def refresh(
    response: Response, body: AuthRefreshToken, auth: AccountService, context: Context
) -> Tokens:
    _unstored(response)
    return await auth.sign_in.refresh(body.refresh_token, context)


@router.post(
    "/v1/auth/logout",
    operation_id="logout",
    summary="End the session of a refresh token",
    status_code=204,
    dependencies=_by_address,
    responses={204: success("Ended.")},
    openapi_extra=_SMALL,
)
async def logout(auth: AccountService, context: Context, body: AuthRefreshToken | None = None) -> Response:
    if body is not None:
        await auth.sign_in.logout(body.refresh_token, context)
    return Response(status_code=204, headers={"cache-control": "no-store"})


@router.get(
    "/v1/me",
    operation_id="getMe",
    response_model=AuthAccount,
    summary="The account that is signed in",
    dependencies=[Depends(Access("default", signed_in))],
    responses={200: success("The account.")},
)
async def get_me(response: Response, auth: AccountService, context: Context) -> dict[str, object]:
    response.headers.update({"cache-control": "private, no-cache", "vary": "authorization"})
    return await auth.sign_in.me(context)


@router.get(
    "/.well-known/jwks.json",
    operation_id="getKeys",
    response_model=AuthKeySet,
    summary="Public keys that access tokens are verified with",
    dependencies=_by_address,
    responses={200: success("The keys.")},
)
async def get_keys(response: Response, auth: AccountService) -> dict[str, list[Jwk]]:
    response.headers["cache-control"] = "public, max-age=300"
    return auth.jwks
