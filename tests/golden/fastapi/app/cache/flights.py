"""One reader at a time asks for a key; the others wait for what it gets."""

import asyncio

from app.cache.port import Entry
from app.cache.reading import Reading
from app.context import RequestContext


class LeaderGaveUpError(Exception):
    """The request that asked on behalf of others was cancelled, or its deadline passed."""


class Flight:
    """A read of one key that is under way."""

    def __init__(self, leader: RequestContext) -> None:
        self.leader = leader
        self.old: Entry | None = None
        """The copy to fall back to."""
        self._waiting: list[asyncio.Future[Reading]] = []

    async def landing(self, context: RequestContext) -> Reading:
        """Waits for the reading of the leader.

        Raises what the leader's read raised, LeaderGaveUpError, and Problem `deadline-exceeded` of this request.
        """
        # A future for each who waits: one that is cancelled takes nothing from the others.
        waiting: asyncio.Future[Reading] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        async with context.time_limit():
            return await waiting

    def land(self, reading: Reading) -> None:
        """Hands the reading to all who wait."""
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(reading)

    def fail(self, error: BaseException) -> None:
        """Tells all who wait that it failed."""
        late = asyncio.get_running_loop().time() >= self.leader.deadline
        gave_up = late or not isinstance(error, Exception)
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(LeaderGaveUpError() if gave_up else error)
