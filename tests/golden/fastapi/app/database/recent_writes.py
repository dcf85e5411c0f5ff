"""Who has just written."""

from time import monotonic

from cachetools import TTLCache

from app.cache.port import MARKED_S, SharedMarks
from app.context import RequestContext

MOST_REMEMBERED = 10_000


class RecentWrites:
    """Their reads go to the primary, so that a replica that lags does not hide from them what they wrote."""

    def __init__(self, shared: SharedMarks | None) -> None:
        """Take what notifies the other instances, if there are any and a replica."""
        self._shared = shared
        self._principals: TTLCache[str, bool] = TTLCache(MOST_REMEMBERED, MARKED_S, monotonic)

    async def add(self, context: RequestContext) -> None:
        """Remember the caller for five seconds, on all instances."""
        self._principals[context.principal.id] = True
        if self._shared:
            await self._shared.leave(context.principal.id)

    async def has(self, context: RequestContext) -> bool:
        """Tell whether the caller wrote within the last five seconds, or may have."""
        if context.principal.id in self._principals:
            return True
        return self._shared is not None and await self._shared.may_have(context.principal.id)
