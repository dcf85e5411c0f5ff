"""The HTTP layer, put together: what every request passes, then the routes of each resource."""

from importlib import import_module
from importlib.util import find_spec
from pkgutil import iter_modules

from fastapi import APIRouter, FastAPI, Request
from starlette.types import ASGIApp

from app import resources
from app.api_route import asked_of, operations_of
from app.drift import assert_contract_served
from app.http.exchange import Exchange
from app.http.problem_body import answer_problem
from app.http.reply import Reply
from app.platform import Platform
from app.system_router import create_router as create_system_router


def create_app(platform: Platform) -> ASGIApp:
    """Makes the application.

    A package below app/resources/ with a router.py in it is served without being named here.
    Raises LookupError when the routes and openapi.yaml have different operations.
    """
    api = create_api(platform)
    assert_contract_served(platform.contract, operations_of(api))
    return Exchange(api, platform)


def create_api(platform: Platform) -> FastAPI:
    """The routes alone."""
    api = FastAPI(
        title="API",
        # The contract is written by hand and served as it stands.
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # The exchange has made the span of the request, and measures it.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )

    async def answer(request: Request, error: Exception) -> Reply:
        asked = asked_of(request)
        status, headers, body = answer_problem(error, asked.path, asked.call, platform.log)
        return Reply(status, headers, body)

    api.add_exception_handler(Exception, answer)
    for router in [create_system_router(platform), *_found_routers(platform)]:
        api.router.routes.extend(router.routes)
    return api


def _found_routers(platform: Platform) -> list[APIRouter]:
    packages = [f"{resources.__name__}.{module.name}" for module in iter_modules(resources.__path__)]
    names = [f"{package}.router" for package in [*packages, "app.auth"]]
    return [import_module(name).create_router(platform) for name in names if find_spec(name)]
