"""Work that belongs to no request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from opentelemetry.trace import INVALID_SPAN
from uuid_utils import uuid7

from app.context import Call

DEADLINE_S = 30.0


@asynccontextmanager
async def background_call() -> AsyncIterator[Call]:
    """Give work a context with a deadline of its own, for every wait in it."""
    yield Call(str(uuid7()), INVALID_SPAN, DEADLINE_S)
