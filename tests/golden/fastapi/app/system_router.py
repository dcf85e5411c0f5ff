"""Probes: not under /v1, not limited and not shed."""

from dataclasses import asdict

import orjson
from fastapi import APIRouter, Response

from app.api_route import ContractRouter
from app.http.answer import Answer
from app.http.reply import reply
from app.platform import Platform

_UNSTORED = {"cache-control": "no-store"}
_ALIVE = b'{"status":"alive"}'


def create_router(platform: Platform) -> APIRouter:
    """Routes of /livez and /readyz."""
    router = ContractRouter(platform.contract)

    @router.operation("getLiveness")
    async def get_liveness() -> Response:
        return reply(Answer(200, _UNSTORED, _ALIVE))

    @router.operation("getReadiness")
    async def get_readiness() -> Response:
        readiness = await platform.lifecycle.readiness()
        wanted = readiness.status in {"ready", "degraded"}
        return reply(Answer(200 if wanted else 503, _UNSTORED, orjson.dumps(asdict(readiness))))

    return router
