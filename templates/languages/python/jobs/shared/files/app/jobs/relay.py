"""Sends jobs to the queue: jobs of committed transactions, and again jobs that the queue or a worker has lost."""

import asyncio
from contextlib import suppress
from typing import Final

from taskiq import AsyncBroker

from app.background import background_context
from app.config import Config
from app.jobs.statements import RELAYED
from app.jobs.store import JobStore
from app.jobs.tasks import run_job
from app.telemetry.log import Log

_PUBLISH_S: Final = 2.0
"""How long the queue may take for a message."""
_AFTER_FAILURE_S: Final = 1.0


class Relay:
    """Runs in every process, one at a time. A queue that is down delays jobs, and fails no request."""

    def __init__(self, store: JobStore, broker: AsyncBroker, config: Config, log: Log) -> None:
        """Publish nothing yet."""
        self._store = store
        self._broker = broker
        self._every_s = config.JOB_RELAY_MS / 1000
        self._log = log
        self._wanted = asyncio.Event()
        self._failing = False

    async def wake(self) -> None:
        """Publish at once, as after a commit."""
        self._wanted.set()

    async def run(self) -> None:
        """Publish what is due at once, then every JOB_RELAY_MS, until the task is cancelled."""
        while True:
            self._wanted.clear()
            try:
                while await self._publish() == RELAYED:
                    pass
            except Exception as error:
                if not self._failing:
                    self._log.warning("jobs wait: the queue or the database does not answer", error=error)
                self._failing = True
                await asyncio.sleep(max(self._every_s, _AFTER_FAILURE_S))
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._wanted.wait()

    async def _publish(self) -> int:
        async with background_context() as context:
            published = await self._store.publish_due(self._give, context)
        if published and self._failing:
            self._failing = False
            self._log.info("jobs go to the queue again")
        return published

    async def _give(self, id: str) -> None:
        async with asyncio.timeout(_PUBLISH_S):
            await run_job.kicker().with_broker(self._broker).kiq(id)
