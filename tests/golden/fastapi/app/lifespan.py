"""Start and end of the application (FastAPI's page "Lifespan Events")."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from app.config import Config
from app.services import open_services
from app.telemetry.tracing import start_tracing


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Open the services; endpoints get them from `app.state`."""
    config: Config = app.state.config
    stop_tracing = start_tracing(config)
    async with open_services(config) as services:
        app.state.services = services
        yield
    await stop_tracing()
