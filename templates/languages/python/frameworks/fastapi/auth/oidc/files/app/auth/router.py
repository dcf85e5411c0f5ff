"""/v1/me."""

from fastapi import APIRouter, Depends, Response

from app.auth.dependencies import signed_in
from app.auth.models import AuthCaller
from app.dependencies import Context, no_query
from app.http.accept import AcceptsJson
from app.http.json_route import JsonRoute
from app.http.rate_limit import Access
from app.openapi.components import errors, success

router = APIRouter(
    tags=["Auth"],
    route_class=JsonRoute,
    responses=errors(400, 500, 503),
    dependencies=[Depends(no_query), Depends(AcceptsJson())],
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
