"""Who has just written."""

from time import monotonic

from cachetools import TTLCache

from app.context import Call

REMEMBERED_S = 5.0
MOST_REMEMBERED = 10_000


class RecentWrites:
    """Their reads go to the primary, so that a replica that lags does not hide from them what they wrote."""

    def __init__(self) -> None:
        self._principals: TTLCache[str, bool] = TTLCache(MOST_REMEMBERED, REMEMBERED_S, monotonic)

    def add(self, call: Call) -> None:
        """Remember the caller for five seconds."""
        self._principals[call.principal.id] = True

    def has(self, call: Call) -> bool:
        """Tell whether the caller wrote within the last five seconds."""
        return call.principal.id in self._principals
