"""Probes: not under /v1, not limited and not shed."""

from typing import Literal

from fastapi import APIRouter, Depends, Request, Response
from pydantic import Field

from app.dependencies import no_query, services_of
from app.fields import View
from app.openapi.components import errors

router = APIRouter(tags=["System"], dependencies=[Depends(no_query)], responses=errors(400))


class Liveness(View):
    """Whether the process is alive."""

    status: Literal["alive"]


class Readiness(View):
    """Whether the instance wants traffic."""

    status: Literal["ready", "degraded", "unavailable", "starting", "draining"]
    checks: dict[str, Literal["up", "down"]] = Field(
        description="Dependency by name.", json_schema_extra={"maxProperties": 10}
    )


@router.get(
    "/livez",
    operation_id="getLiveness",
    summary="Whether the process is alive",
    response_description="It is alive.",
    responses=errors(503),
)
async def get_liveness(response: Response) -> Liveness:
    """Answers without asking any dependency."""
    response.headers["cache-control"] = "no-store"
    return Liveness(status="alive")


@router.get(
    "/readyz",
    operation_id="getReadiness",
    summary="Whether the instance wants traffic",
    response_description="The instance is ready.",
    responses={
        503: {
            "model": Readiness,
            "description": "It is starting, draining, or lacks a dependency that it cannot do without.",
        }
    },
)
async def get_readiness(request: Request, response: Response) -> Readiness:
    """Degraded means that a dependency is down and the instance serves what it can."""
    response.headers["cache-control"] = "no-store"
    readiness = await services_of(request).lifecycle.readiness()
    if readiness.status not in {"ready", "degraded"}:
        response.status_code = 503
    return Readiness(status=readiness.status, checks=readiness.checks)
