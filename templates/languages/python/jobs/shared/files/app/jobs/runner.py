"""Runs jobs that the queue names."""

import asyncio
import re
from time import perf_counter
from typing import Final, Literal

from opentelemetry.trace import Span, StatusCode

from app.background import background_context
from app.jobs.files import Files
from app.jobs.kinds import KINDS
from app.jobs.metrics import JobMetrics
from app.jobs.store import JobStore, LostError
from app.jobs.tracing import start_consumer_span
from app.jobs.work import Done, JobError, Work
from app.problem import Problem
from app.services import Services
from app.telemetry.trace import trace_id

Outcome = Literal["succeeded", "retried", "failed", "cancelled", "returned"]
_END_WITHIN_S: Final = 2.0
"""How long work may take to end when it is cancelled."""
_LONGEST: Final = 1024
_UNKNOWN: Final = "Something went wrong; the log has the details under the id of the job."


class Runner:
    """Claims a job, does its work within JOB_TIMEOUT_S, and writes down what came of it."""

    def __init__(self, services: Services, store: JobStore, files: Files, metrics: JobMetrics) -> None:
        """Run nothing yet."""
        self._services = services
        self._store = store
        self._files = files
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    async def run(self, id: str) -> None:
        """Make one attempt. The queue may name a job twice, or too late: nothing is done then."""
        task = asyncio.ensure_future(self._run(id))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        await task

    async def stop(self, within_s: float) -> None:
        """Wait for what runs; give back what is not done by then."""
        if self._running:
            await asyncio.wait(self._running, timeout=within_s)
        self._stopping.set()
        if self._running:
            await asyncio.wait(self._running)

    async def _run(self, id: str) -> None:
        async with background_context() as context:
            job = await self._store.claim(id, context)
        if job is None:
            return
        span = start_consumer_span(job)
        log = self._services.log.bind(
            jobId=job.id, kind=job.kind, traceId=trace_id(span), attempt=job.attempts
        )
        work = Work(job, self._services, self._files, self._store, span, log)
        log.info("job started")
        began = perf_counter()
        outcome: Outcome = "cancelled"
        try:
            outcome = "failed" if job.status == "failed" else await self._attempt(work)
        except LostError:
            # Cancelled, or taken over by another worker.
            pass
        except Exception as error:
            # The database does not take the outcome: the lease ends, and another attempt begins.
            log.warning("the outcome of the job is not written", error=error)
        self._tell(work, span, outcome, perf_counter() - began)

    async def _attempt(self, work: Work) -> Outcome:
        job = work.job
        try:
            done = await self._done(work)
            if done is None:
                await self._store.give_back(job, work.context())
                return "returned"
            await self._store.succeed(job, work.done, done.result, done.effect, work.context())
        except LostError:
            raise
        except Exception as error:
            work.log.warning("job attempt failed", error=error)
            dead = await self._store.fail(job, _told(error), work.context())
            return "failed" if dead else "retried"
        return "succeeded"

    async def _done(self, work: Work) -> Done | None:
        """What the work returns; None when the process ends before. Raises LostError, and what the work raises."""
        kind = KINDS.get(work.job.kind)
        if kind is None:
            raise JobError(f"There is no job of the kind {work.job.kind}.")
        config = self._services.config
        doing = asyncio.ensure_future(kind(work))
        keeping = asyncio.create_task(work.keep(config.JOB_LEASE_S))
        stopping = asyncio.create_task(self._stopping.wait())
        tasks = {doing, keeping, stopping}
        try:
            await asyncio.wait(tasks, timeout=config.JOB_TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED)
            if doing.done():
                return doing.result()
            if keeping.done():
                raise LostError
            if stopping.done():
                return None
            raise JobError(f"The job took longer than {config.JOB_TIMEOUT_S} s.")
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks, timeout=_END_WITHIN_S)

    def _tell(self, work: Work, span: Span, outcome: Outcome, seconds: float) -> None:
        job = work.job
        self._metrics.duration.labels(job.kind, outcome).observe(seconds)
        self._metrics.attempts.labels(job.kind, outcome).inc()
        span.set_attribute("job.outcome", outcome)
        if outcome in {"retried", "failed"}:
            span.set_status(StatusCode.ERROR)
        span.end()
        level = work.log.error if outcome == "failed" else work.log.info
        level("job ended", outcome=outcome, done=work.done, durationMs=round(seconds * 1000, 3))


def _told(error: Exception) -> str:
    """The error for the caller, without statements, hosts and stacks."""
    text = str(error) if isinstance(error, JobError | Problem) else _UNKNOWN
    return re.sub(r"[\x00-\x1f]+", " ", text)[:_LONGEST]
