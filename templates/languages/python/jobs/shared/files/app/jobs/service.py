"""What the API does with jobs, and what runs beside it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from taskiq import AsyncBroker

from app.background import purge_for_ever
from app.context import RequestContext
from app.database.port import Transaction
from app.jobs import statements
from app.jobs.broker import create_broker, ping
from app.jobs.files import Files
from app.jobs.in_process import InProcessBroker
from app.jobs.metrics import JobMetrics
from app.jobs.relay import Relay
from app.jobs.runner import Runner
from app.jobs.store import JobStore
from app.jobs.table import Job
from app.jobs.tracing import trace_parent
from app.services import Services
from app.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Jobs:
    """One per process."""

    store: JobStore
    files: Files
    relay: Relay
    broker: AsyncBroker
    runner: Runner

    async def add(
        self, unit: UnitOfWork, kind: str, payload: Mapping[str, Any], context: RequestContext
    ) -> Job:
        """Add a job to a write: it is there if, and only if, the write is committed."""
        unit.after_commit(self.relay.wake)
        return await self.store.add(
            unit.transaction,
            kind=kind,
            owner=context.principal.id,
            payload=payload,
            trace_parent=trace_parent(context.span),
        )


@asynccontextmanager
async def open_jobs(services: Services, *, works: bool = False) -> AsyncIterator[Jobs]:
    """Connect nothing that has to answer, and begin to relay and to purge. A worker `works`."""
    config, log = services.config, services.log
    store = JobStore(services.database, config)
    files = Files(config.FILES_URL)
    runner = Runner(services, store, files, JobMetrics(services.metrics, store))
    broker: AsyncBroker = InProcessBroker()
    if config.QUEUE_URL:
        broker = shared = create_broker(config)
        services.lifecycle.dependencies["queue"] = lambda timeout_s: ping(shared, timeout_s)
    broker.state.runner = runner
    relay = Relay(store, broker, config, log)

    async def purge_expired(transaction: Transaction) -> int:
        rows = await transaction.query(statements.EXPIRED, {})
        await asyncio.gather(*(files.remove(f"exports/{row['id']}") for row in rows))
        for row in rows:
            await transaction.query(statements.DELETE, row)
        return len(rows)

    tasks = [asyncio.create_task(purge_for_ever(services.database, "jobs", purge_expired, log))]
    if works or config.QUEUE_URL:
        tasks.append(asyncio.create_task(relay.run()))
    try:
        yield Jobs(store, files, relay, broker, runner)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        await broker.shutdown()
