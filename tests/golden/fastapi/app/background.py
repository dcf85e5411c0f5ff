"""Work that belongs to no request."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from random import uniform
from typing import Final

from opentelemetry.trace import INVALID_SPAN
from uuid_utils import uuid7

from app.context import RequestContext
from app.database.port import Database, Transaction
from app.telemetry.log import Log

DEADLINE_S = 30.0
PURGE_EVERY_S = 600.0
FIRST_PURGE_S: Final = (5.0, 10.0)
"""When the first purge begins, at random in this range: instances start together."""

Batch = Callable[[Transaction], Awaitable[int]]
"""Deletes some expired rows, and returns how many."""


@asynccontextmanager
async def background_context() -> AsyncIterator[RequestContext]:
    """Give work a context with a deadline of its own, for every wait in it."""
    yield RequestContext(str(uuid7()), INVALID_SPAN, DEADLINE_S)


async def purge(database: Database, name: str, batch: Batch) -> None:
    """Delete batch by batch, each in a transaction, until nothing is left.

    One instance at a time does: while another one holds the lock `name`, nothing is deleted here.
    Raises what the database raises.
    """

    async def locked(transaction: Transaction) -> int:
        return await batch(transaction) if await transaction.try_lock(f"{name} purge") else 0

    deleted = 1
    while deleted:
        async with background_context() as context:
            deleted = await database.transaction(context, locked)


async def purge_for_ever(database: Database, name: str, batch: Batch, log: Log) -> None:
    """Purge soon after the start, then every ten minutes; what fails is logged, and tried again the next time."""
    wait_s = uniform(*FIRST_PURGE_S)  # noqa: S311
    while True:
        await asyncio.sleep(wait_s)
        wait_s = PURGE_EVERY_S
        try:
            await purge(database, name, batch)
        except Exception as error:
            log.warning("expired rows not purged", table=name, error=error)
