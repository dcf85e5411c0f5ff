"""The first level of the cache: the memory of this process."""

import time
from dataclasses import dataclass

from cachetools import LRUCache, TTLCache

from app.cache.port import Entry, SharedStore

# Without news from other instances an entry is believed this long at most.
UNCONNECTED_S = 1.0
# Longer than any read takes that may still bring in an old version.
CHANGES_REMEMBERED_S = 60
CHANGES_REMEMBERED = 10_000


@dataclass(slots=True)
class Slot:
    """An entry and when it came in, by `time.monotonic()`."""

    entry: Entry
    kept_at: float


class FirstLevel:
    """The entries in the memory of this process, and the versions that changes made void."""

    def __init__(self, entries: int, fresh_s: float, source: SharedStore) -> None:
        """`source` says whether changes of other instances arrive at the moment."""
        self.era = 0
        """Goes up when everything was forgotten; a read that began before may not bring its result in."""
        self._fresh_s = fresh_s
        self._source = source
        self._slots: LRUCache[str, Slot] = LRUCache(entries)
        self._changes: TTLCache[str, int] = TTLCache(CHANGES_REMEMBERED, CHANGES_REMEMBERED_S, time.monotonic)

    def fresh_for(self, slot: Slot) -> float:
        """Seconds that the slot may still be answered from without asking further; negative when it is too old."""
        limit = self._fresh_s if self._source.connected else min(self._fresh_s, UNCONNECTED_S)
        return limit - (time.monotonic() - slot.kept_at)

    def get(self, key: str) -> Slot | None:
        """The entry, fresh or not."""
        return self._slots.get(key)

    def keep(self, key: str, entry: Entry, era: int) -> None:
        """Keeps the entry unless it is known to be void. `era` is as it was when the entry began to be read."""
        if self._fresh_s == 0 or era != self.era or self.is_void(key, entry.version):
            return
        slot = self._slots.get(key)
        if slot is None or slot.entry.version <= entry.version:
            self._slots[key] = Slot(entry, time.monotonic())

    def is_void(self, key: str, version: int) -> bool:
        """Whether a newer version is known."""
        known: int = self._changes.get(key, 0)
        return version < known

    def change(self, key: str, version: int) -> None:
        """Versions before this one are void."""
        self._changes[key] = max(version, self._changes.get(key, 0))
        slot = self._slots.get(key)
        if slot is not None and slot.entry.version < version:
            del self._slots[key]

    def clear(self) -> None:
        """Forgets every entry, but not its version: callers who have seen it must not get an older one from elsewhere."""
        self.era += 1
        for key, slot in list(self._slots.items()):
            self.change(key, slot.entry.version)
        self._slots.clear()
