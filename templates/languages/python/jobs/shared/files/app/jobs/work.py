"""One attempt at a job, as its kind sees it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from opentelemetry.trace import Span

from app.background import DEADLINE_S
from app.context import Principal, RequestContext
from app.jobs.files import Files
from app.jobs.store import Effect, JobStore, LostError
from app.jobs.table import Job
from app.services import Services
from app.telemetry.log import Log


class JobError(Exception):
    """Fails an attempt; the caller gets the message."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a kind returns."""

    result: Mapping[str, Any] | None = None
    """Kept with the job, as JSON."""
    effect: Effect | None = None
    """Runs in the transaction that ends the job: once, however often the job was tried."""


class Work:
    """The job, what it may use, and its progress."""

    def __init__(
        self, job: Job, services: Services, files: Files, store: JobStore, span: Span, log: Log
    ) -> None:
        """Begin without progress."""
        self.job = job
        self.services = services
        self.files = files
        self.log = log
        """Its lines name the job."""
        self.done = 0
        self._store = store
        self._span = span

    def context(self) -> RequestContext:
        """Return a context with a deadline of its own, for each call of the database."""
        caller = Principal(self.job.owner, frozenset(), self.job.payload.get("tenant"))
        return RequestContext(self.job.id, self._span, DEADLINE_S, caller)

    async def progress(self, done: int) -> None:
        """Tell the caller how far the work is. Raises LostError when it is cancelled: there is nothing more to do."""
        self.done = done
        await self._store.renew(self.job, done, self.context())

    async def keep(self, lease_s: float) -> None:
        """Keep other workers from beginning anew. Returns when the job is lost, or the lease could not be renewed."""
        loop = asyncio.get_running_loop()
        ends_at = loop.time() + lease_s
        while True:
            await asyncio.sleep(lease_s / 3)
            try:
                await self._store.renew(self.job, self.done, self.context())
            except LostError:
                return
            except Exception as error:
                self.log.warning("the lease is not renewed", error=error)
                if loop.time() > ends_at:
                    return
            else:
                ends_at = loop.time() + lease_s


Kind = Callable[[Work], Awaitable[Done]]
"""Does the work. May run more than once for a job: what must happen once is its effect."""
