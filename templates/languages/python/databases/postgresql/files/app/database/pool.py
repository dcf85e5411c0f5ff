"""A bounded pool: its size times the number of instances must stay below what the server grants."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Final

import psycopg

from app.database.link import Link
from app.database.opening import open_connection
from app.problem import dependency_unavailable

CONNECTION_LIFE_S: Final = 1800.0
IDLE_S: Final = 30.0
SETTLE_S: Final = 0.15
"""How long a cancelled statement may take to end before its connection is given up."""


class Pool:
    """Lends connections. The server need not be up: one that is missing is opened when it is asked for."""

    def __init__(
        self,
        conninfo: str,
        *,
        size: int,
        acquire_s: float,
        on_late: Callable[[], None],
        on_lost: Callable[[], None],
        on_hang: Callable[[], None],
    ) -> None:
        """Open nothing yet.

        Told are `on_late` when somebody got no connection in time, `on_lost` when the server ended an idle one, and
        `on_hang` when the server did not end a statement that was cancelled.
        """
        self._conninfo = conninfo
        self._size = size
        self._acquire_s = acquire_s
        self._on_late, self._on_lost, self._on_hang = on_late, on_lost, on_hang
        self._links: set[Link] = set()
        self._idle: list[Link] = []
        self._waiting: deque[asyncio.Future[Link]] = deque()
        self._opening = 0
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._start(self._end_idle())

    def counts(self) -> tuple[int, int, int]:
        """Return how many connections nobody has, how many somebody has, and how many requests wait for one."""
        return len(self._idle), len(self._links) - len(self._idle), len(self._waiting)

    async def acquire(self) -> Link:
        """Lend a connection until `release`.

        Raises Problem `dependency-unavailable` when none can be opened, or none is free in DB_ACQUIRE_TIMEOUT_MS.
        """
        while self._idle:
            link = self._idle.pop()
            if not link.closed and monotonic() - link.opened_at < CONNECTION_LIFE_S:
                return link
            self._discard(link)
        turn: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._grow()
        try:
            async with asyncio.timeout(self._acquire_s):
                return await turn
        except TimeoutError as late:
            self._on_late()
            self._leave(turn)
            raise dependency_unavailable("database") from late
        except asyncio.CancelledError:
            self._leave(turn)
            raise

    def release(self, link: Link) -> None:
        """Take a connection back; what still runs on it is cancelled before somebody else gets it."""
        if link.closed or self._closed:
            self._discard(link)
        elif link.idle:
            self._lend(link)
        else:
            self._start(self._settle(link))

    async def close(self) -> None:
        """Close all connections, whatever they are doing."""
        self._closed = True
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for link in list(self._links):
            self._discard(link)
        self._refuse(len(self._waiting), None)

    def _leave(self, turn: asyncio.Future[Link]) -> None:
        if turn in self._waiting:
            self._waiting.remove(turn)
        elif not turn.cancelled() and turn.exception() is None:
            # It came in the very moment in which nobody waited any more.
            self.release(turn.result())

    def _lend(self, link: Link) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(link)
                return
        link.idle_since = monotonic()
        self._idle.append(link)

    def _grow(self) -> None:
        needed = min(len(self._waiting), self._size - len(self._links)) - self._opening
        for _ in range(0 if self._closed else needed):
            self._opening += 1
            self._start(self._open())

    async def _open(self) -> None:
        try:
            async with asyncio.timeout(self._acquire_s):
                connection = await open_connection(self._conninfo)
        except (psycopg.Error, OSError) as error:
            self._opening -= 1
            self._refuse(1, error)
            self._grow()
            return
        except BaseException:
            self._opening -= 1
            raise
        self._opening -= 1
        link = Link(connection, self._lost)
        self._links.add(link)
        self._lend(link)

    async def _settle(self, link: Link) -> None:
        if await link.settle(SETTLE_S):
            self._lend(link)
            return
        if not link.closed:
            self._on_hang()
        self._discard(link)

    def _lost(self, link: Link) -> None:
        if link in self._idle:
            self._discard(link)
            self._on_lost()

    def _discard(self, link: Link) -> None:
        if link in self._idle:
            self._idle.remove(link)
        self._links.discard(link)
        link.close()
        self._grow()

    def _refuse(self, count: int, error: Exception | None) -> None:
        for _ in range(min(count, len(self._waiting))):
            turn = self._waiting.popleft()
            if not turn.done():
                refusal = dependency_unavailable("database")
                refusal.__cause__ = error
                turn.set_exception(refusal)

    async def _end_idle(self) -> None:
        while True:
            await asyncio.sleep(IDLE_S / 3)
            for link in [link for link in self._idle if monotonic() - link.idle_since > IDLE_S]:
                self._discard(link)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
