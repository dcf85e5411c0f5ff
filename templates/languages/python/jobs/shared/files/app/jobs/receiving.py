"""Takes messages from the queue.

`taskiq worker` starts processes of its own: without the probes, metrics and logs of this API, ended by a queue that does not
answer, and with no end in time after SIGTERM. So its receiver is started here.
"""

import asyncio
from contextlib import suppress
from typing import Final

from taskiq.acks import AcknowledgeType
from taskiq.receiver import Receiver

from app.jobs.service import Jobs
from app.services import Services

_AGAIN_S: Final = 1.0


async def receive(services: Services, jobs: Jobs, finish: asyncio.Event) -> None:
    """Run WORKER_CONCURRENCY jobs at once until `finish` is set and they are done."""
    jobs.broker.is_worker_process = True
    receiver = Receiver(
        jobs.broker,
        max_async_tasks=services.config.WORKER_CONCURRENCY,
        # The table knows what is not done.
        ack_type=AcknowledgeType.WHEN_RECEIVED,
    )
    silent = False
    while not finish.is_set():
        try:
            await receiver.listen(finish)
        except Exception as error:
            if not silent:
                services.log.warning("the queue does not answer", error=error)
            silent = True
            with suppress(TimeoutError):
                async with asyncio.timeout(_AGAIN_S):
                    await finish.wait()
