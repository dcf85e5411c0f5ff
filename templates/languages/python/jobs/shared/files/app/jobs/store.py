"""Reads and changes jobs. A change of a running job is made by its newest attempt alone."""

from collections.abc import Awaitable, Callable, Mapping
from random import uniform
from typing import Any, Final

import orjson
from uuid_utils import uuid7

from app.config import Config
from app.context import RequestContext
from app.database.port import Database, Row, Transaction, Values
from app.database.query import Query
from app.jobs import statements
from app.jobs.table import Job

Publish = Callable[[str], Awaitable[None]]
Effect = Callable[[Transaction], Awaitable[None]]
GAVE_UP: Final = "The worker ended before the job was done."
_LONGEST_S: Final = 3600


class LostError(Exception):
    """The job was cancelled, or another worker has it."""


class JobStore:
    """The table of jobs."""

    def __init__(self, database: Database, config: Config) -> None:
        """Connect nothing."""
        self._database = database
        self._config = config
        self._ttl = {"ttl_s": config.JOB_TTL_S}
        self._lease = {"lease_s": config.JOB_LEASE_S}

    async def add(
        self,
        transaction: Transaction,
        *,
        kind: str,
        owner: str,
        payload: Mapping[str, Any],
        trace_parent: str,
    ) -> Job:
        """Add a job; the relay gives it to the queue when the transaction is committed."""
        row = {"id": str(uuid7()), "kind": kind, "owner": owner, "trace_parent": trace_parent}
        given = {**row, **self._ttl, "payload": orjson.dumps(payload).decode()}
        return Job.of((await transaction.query(statements.ADD, given))[0])

    async def find(self, id: str, context: RequestContext) -> Job | None:
        """Read a job that has not expired, from the primary."""
        rows = await self._database.read(statements.FIND, {"id": id}, context, fresh=True)
        return Job.of(rows[0]) if rows else None

    async def list(self, context: RequestContext, *, failed: bool) -> list[Job]:
        """Read the newest hundred, or all that failed."""
        query = statements.FAILED if failed else statements.NEWEST
        return [Job.of(row) for row in await self._database.read(query, {}, context, fresh=True)]

    async def counts(self, context: RequestContext) -> Row:
        """Count jobs that are `queued`, `running` or `failed`; `oldest` is the age in seconds of the oldest that waits."""
        return (await self._database.read(statements.COUNTS, {}, context, fresh=True))[0]

    async def cancel(self, transaction: Transaction, id: str) -> None:
        """Cancel a job unless it is over; its worker finds out at the next sign of life."""
        await transaction.query(statements.CANCEL, {"id": id, **self._ttl})

    async def publish_due(self, publish: Publish, context: RequestContext) -> int:
        """Send jobs that are due to the queue, and return how many, 100 at most. One process at a time does.

        Each is due again in JOB_REPUBLISH_S, unless a worker takes it: the queue may have lost it. When `publish` raises,
        all of them stay due. No row is locked meanwhile.
        """

        async def work(transaction: Transaction) -> int:
            if not await transaction.try_lock("job relay"):
                return 0
            ids = tuple(row["id"] for row in await transaction.query(statements.DUE, {}))
            for due in ids:
                await publish(due)
            if ids:
                sent = {"ids": ids, "republish_s": self._config.JOB_REPUBLISH_S}
                await transaction.query(statements.SENT, sent)
            return len(ids)

        return await self._database.transaction(context, work)

    async def claim(self, id: str, context: RequestContext) -> Job | None:
        """Begin an attempt. None for a job that another worker has, or that is over."""

        async def work(transaction: Transaction) -> Job | None:
            most = {"id": id, "most": self._config.JOB_MAX_ATTEMPTS}
            rows = await transaction.query(statements.CLAIM, {**most, **self._lease})
            if not rows:
                rows = await transaction.query(statements.BURY, {**most, **self._ttl, "error": GAVE_UP})
            return Job.of(rows[0]) if rows else None

        return await self._database.transaction(context, work)

    async def renew(self, job: Job, done: int, context: RequestContext) -> None:
        """Show that the attempt is alive, and how far it is. Raises LostError."""
        await self._change(statements.RENEW, job, {**self._lease, "done": done}, context)

    async def succeed(
        self,
        job: Job,
        done: int,
        result: Mapping[str, Any] | None,
        effect: Effect | None,
        context: RequestContext,
    ) -> None:
        """End a job and have its effect, in one transaction. Raises LostError, and what `effect` raises."""
        stored = None if result is None else orjson.dumps(result).decode()
        await self._change(
            statements.SUCCEED, job, {**self._ttl, "done": done, "result": stored}, context, effect
        )

    async def fail(self, job: Job, error: str, context: RequestContext) -> bool:
        """Have a job tried again later, or end it when this was the last attempt; True in that case. Raises LostError."""
        if job.attempts >= self._config.JOB_MAX_ATTEMPTS:
            await self._change(statements.FAIL, job, {**self._ttl, "error": error}, context)
            return True
        longest_s = min(_LONGEST_S, self._config.JOB_BACKOFF_MS / 1000 * 2 ** (job.attempts - 1))
        # Jobs that failed together must not come back together.
        wait_s = uniform(longest_s / 2, longest_s)  # noqa: S311
        await self._change(statements.RETRY, job, {"error": error, "wait_s": wait_s}, context)
        return False

    async def give_back(self, job: Job, context: RequestContext) -> None:
        """Have another worker begin anew; the attempt does not count. Raises LostError."""
        await self._change(statements.GIVE_BACK, job, {}, context)

    async def replay(self, id: str, context: RequestContext) -> bool:
        """Have a failed job tried again; False when it has not failed."""

        async def work(transaction: Transaction) -> list[Row]:
            return await transaction.query(statements.REPLAY, {"id": id})

        return bool(await self._database.transaction(context, work))

    async def _change(
        self, query: Query, job: Job, values: Values, context: RequestContext, effect: Effect | None = None
    ) -> None:
        async def work(transaction: Transaction) -> None:
            mine = {"id": job.id, "attempts": job.attempts, **values}
            if not await transaction.query(query, mine):
                raise LostError
            if effect is not None:
                await effect(transaction)

        await self._database.transaction(context, work)
