"""Workers in the process of the tests."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from app.jobs.receiving import receive
from app.jobs.service import Jobs, open_jobs
from app.services import open_services
from tests.support.parts import config_of


@asynccontextmanager
async def worker(environment: Mapping[str, str]) -> AsyncIterator[Jobs]:
    """Start a worker, and end it: what it has not done by then is given back."""
    async with open_services(config_of(environment)) as services, open_jobs(services, works=True) as jobs:
        finish = asyncio.Event()
        receiving = asyncio.create_task(receive(services, jobs, finish))
        try:
            yield jobs
        finally:
            finish.set()
            await jobs.runner.stop(0)
            await receiving
