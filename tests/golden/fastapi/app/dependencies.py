"""What endpoints depend on, whatever they do."""

from typing import Annotated

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from app.context import RequestContext
from app.services import Services


def services_of(request: Request) -> Services:
    """What exists once per process."""
    services: Services = request.app.state.services
    return services


def context_of(request: Request) -> RequestContext:
    """The context that the request has from the middleware."""
    context: RequestContext = request.state.context
    return context


async def _context(request: Request) -> RequestContext:
    return context_of(request)


Context = Annotated[RequestContext, Depends(_context)]
"""For endpoints without another use for the request; each dependency costs some microseconds."""


class NoParameters(BaseModel):
    """The query of an operation that takes none."""

    model_config = ConfigDict(extra="forbid")


async def no_query(query: Annotated[NoParameters, Query()]) -> None:
    """Refuses every query parameter."""
