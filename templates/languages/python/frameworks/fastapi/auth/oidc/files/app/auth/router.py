"""/v1/me, and what the page of documentation has to know to sign in."""

from fastapi import APIRouter, Depends, Request, Response

from app.auth.dependencies import signed_in
from app.auth.models import AuthCaller
from app.dependencies import Context, no_query, services_of
from app.http.json_route import JsonRoute
from app.http.rate_limit import Access
from app.openapi.components import errors, success

router = APIRouter(
    tags=["Auth"],
    route_class=JsonRoute,
    responses=errors(400, 500, 503),
    dependencies=[Depends(no_query)],
)


@router.get(
    "/v1/me",
    operation_id="getMe",
    response_model=AuthCaller,
    summary="The caller that the access token stands for",
    dependencies=[Depends(Access("default", signed_in))],
    responses={200: success("The caller.")},
)
async def get_me(response: Response, context: Context) -> dict[str, object]:
    response.headers.update({"cache-control": "private, no-cache", "vary": "authorization"})
    return {"id": context.principal.id, "roles": sorted(context.principal.roles)}


@router.get("/docs/sign-in.json", include_in_schema=False, dependencies=[Depends(Access("default"))])
async def get_documentation_client(request: Request, response: Response) -> dict[str, str]:
    config = services_of(request).config
    response.headers["cache-control"] = "no-cache"
    return {
        "issuer": config.OIDC_ISSUER,
        "clientId": config.OIDC_DOCS_CLIENT_ID,
        "scope": config.OIDC_DOCS_SCOPE,
    }
