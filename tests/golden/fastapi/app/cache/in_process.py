"""Stores of a process that runs alone."""

from app.cache.port import ChangeListener, Entry, Stores
from app.context import RequestContext


class Nothing:
    """Shares nothing: the first level of the cache and the local buckets are all there is."""

    connected = True

    async def get(self, key: str, context: RequestContext) -> Entry | None:
        return None

    async def set(self, key: str, entry: Entry, ttl_s: int) -> None:
        pass

    async def replace(self, key: str, entry: Entry, ttl_s: int) -> None:
        pass

    async def remove(self, key: str, ttl_s: int) -> None:
        pass

    def subscribe(self, listener: ChangeListener) -> None:
        pass


async def _ping(timeout_s: float) -> None:
    pass


async def _close() -> None:
    pass


def in_process_stores(note: str) -> Stores:
    """Cache and limits of this process alone; `note` warns the operator."""
    return Stores(store=Nothing(), bucket=None, marks=None, ping=_ping, close=_close, note=note)
