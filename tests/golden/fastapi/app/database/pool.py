"""A bounded pool: its size times the number of instances must stay below what the server grants."""

import asyncio
import selectors
from collections.abc import Callable
from time import monotonic
from typing import Final

from psycopg_pool import AsyncConnectionPool, PoolClosed, PoolTimeout, TooManyRequests

from app.database.connection import Connection
from app.database.session_settings import ensure_settings, request_settings
from app.problem import dependency_unavailable

CONNECTION_LIFE_S: Final = 1800.0
IDLE_S: Final = 30.0
_LISTEN_AFTER_S: Final = 0.1
_CLOSE_S: Final = 0.5
_PREPARED_AT: Final = 1
"""How often a statement has run on a connection before it is prepared: callers choose fields and filters."""


class Pool:
    """Lends connections. The server need not be up: one that is missing is opened when it is asked for."""

    def __init__(
        self,
        name: str,
        conninfo: str,
        *,
        size: int,
        acquire_s: float,
        prepares: bool,
        on_late: Callable[[], None],
    ) -> None:
        """Open nothing yet; `on_late` is called when a caller got no connection in `acquire_s`."""
        self._on_late = on_late
        self._acquiring: set[asyncio.Timeout] = set()
        self._drained_at = 0.0
        request_settings()
        self._pool = AsyncConnectionPool(
            conninfo,
            name=name,
            connection_class=Connection,
            configure=ensure_settings,
            kwargs={"autocommit": True, "prepare_threshold": _PREPARED_AT if prepares else None},
            min_size=0,
            max_size=size,
            timeout=acquire_s,
            max_lifetime=CONNECTION_LIFE_S,
            max_idle=IDLE_S,
            # Waiting callers fail at once; the next one tries again.
            reconnect_timeout=0,
            reconnect_failed=self._refuse,
            open=False,
        )

    async def open(self) -> None:
        """Begin to lend."""
        await self._pool.open()

    def counts(self) -> tuple[int, int, int]:
        """Return how many connections nobody has, how many somebody has, and how many requests wait for one."""
        stats = self._pool.get_stats()
        idle = stats.get("pool_available", 0)
        return idle, stats.get("pool_size", 0) - idle, stats.get("requests_waiting", 0)

    async def acquire(self) -> Connection:
        """Lend a connection until `release`.

        Raises Problem `dependency-unavailable` when none can be opened, or none is free in time.
        """
        try:
            async with asyncio.timeout(None) as acquiring:
                self._acquiring.add(acquiring)
                try:
                    return await self._lend()
                finally:
                    self._acquiring.discard(acquiring)
        except PoolTimeout as late:
            self._on_late()
            raise dependency_unavailable("database") from late
        except (TimeoutError, PoolClosed, TooManyRequests) as refused:
            raise dependency_unavailable("database") from refused

    async def release(self, connection: Connection) -> None:
        """Take a connection back; a lost one is a sign that idle ones are lost too."""
        await connection.settle()
        if connection.closed and connection.opened_at > self._drained_at:
            self._drained_at = monotonic()
            await self._pool.drain()
        connection.used_at = monotonic()
        await self._pool.putconn(connection)

    async def close(self) -> None:
        """Close all connections that nobody has, and the others when they come back."""
        await self._pool.close(_CLOSE_S)

    async def _lend(self) -> Connection:
        connection = await self._pool.getconn()
        while _lost(connection):
            connection.pgconn.finish()
            await self.release(connection)
            connection = await self._pool.getconn()
        return connection

    def _refuse(self, _: object) -> None:
        now = asyncio.get_running_loop().time()
        for acquiring in self._acquiring:
            acquiring.reschedule(now)


def _lost(connection: Connection) -> bool:
    """Tell whether the server has ended a connection while nobody had it: otherwise it has nothing to say."""
    idle_s = monotonic() - connection.used_at
    if idle_s < _LISTEN_AFTER_S:
        return False
    if idle_s > IDLE_S:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection.pgconn.socket, selectors.EVENT_READ)
        return bool(selector.select(0))
