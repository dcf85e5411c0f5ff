"""What a test needs to try one part alone."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from unittest.mock import patch

from opentelemetry.trace import INVALID_SPAN

from app.config import Config, load_config
from app.context import RequestContext
from app.telemetry.log import Log, create_log


def settings(**values: object) -> Config:
    """Return a configuration with these settings alone."""
    return Config.model_construct(None, **values)


def config_of(environment: Mapping[str, str]) -> Config:
    """Return the configuration that these variables make."""
    with patch.dict(os.environ, environment, clear=True):
        return load_config()


def silent_log() -> Log:
    """Return a log that writes nothing."""
    return create_log(settings(LOG_LEVEL="silent", OTEL_SERVICE_NAME="test"))


def some_context(timeout_s: float = 10) -> RequestContext:
    """Return the context of a request with ten seconds to go."""
    return RequestContext("test", INVALID_SPAN, timeout_s)


async def settled() -> None:
    """Let everything run that can run without waiting."""
    for _ in range(20):
        await asyncio.sleep(0)


async def eventually(condition: Callable[[], bool | Awaitable[bool]], within_s: float) -> None:
    """Wait until it is true; raise TimeoutError when it is not so within that time."""
    async with asyncio.timeout(within_s):
        while True:
            now = condition()
            if now if isinstance(now, bool) else await now:
                return
            await asyncio.sleep(0.01)
