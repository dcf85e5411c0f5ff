"""What the cache asks of a store that instances share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from app.context import RequestContext
from app.limits.bucket import SharedBucket

# The version of an item that was removed: newer than all others, and exact in every language.
REMOVED_VERSION = 2**53 - 1
MARKED_S = 5.0
"""How long a mark lasts unless something else is said."""


@dataclass(slots=True)
class Entry:
    """What is cached of a resource: the version and the JSON as it is sent."""

    version: int
    body: bytes
    stored_at: float
    """When it was read from the database, in milliseconds since the epoch."""
    owner: str | None = None
    """Whose it is, where nobody else may see it."""


class ChangeListener(Protocol):
    """Hears what other instances do."""

    def changed(self, key: str, version: int) -> None:
        """The item has this version now, or REMOVED_VERSION; older ones are void."""

    def lost(self) -> None:
        """Messages may have been missed: nothing that was known before can be relied on."""


class SharedStore(Protocol):
    """The second level of the cache: shared by all instances, or nothing at all. Its methods never raise."""

    @property
    def connected(self) -> bool:
        """Whether changes made elsewhere are heard of at the moment."""

    async def get(self, key: str, context: RequestContext) -> Entry | None:
        """The entry; None when it is not there or the store does not answer in time."""

    async def set(self, key: str, entry: Entry, ttl_s: int) -> None:
        """Keeps the entry for `ttl_s` seconds unless a newer version is there already."""

    async def replace(self, key: str, entry: Entry, ttl_s: int) -> None:
        """Keeps the new version and invalidates older ones on the other instances."""

    async def remove(self, key: str, ttl_s: int) -> None:
        """Removes the item here and on the other instances, and keeps late readers from putting an old version back."""

    def subscribe(self, listener: ChangeListener) -> None:
        """Notifies one listener of changes made by other instances."""


class SharedMarks(Protocol):
    """Names that instances tell each other for some time. Its methods never raise."""

    async def leave(self, name: str, for_s: float = MARKED_S) -> None:
        """Leaves it for that many seconds, or not when the store does not answer in time."""

    async def has(self, name: str) -> bool | None:
        """Whether it is there; None when the store cannot tell."""

    async def may_have(self, name: str) -> bool:
        """False when it is not there; True when it is, and when the store cannot tell."""


@dataclass(slots=True, frozen=True)
class Stores:
    """What instances share besides the database."""

    store: SharedStore
    bucket: SharedBucket | None
    """None where every instance counts for itself."""
    marks: SharedMarks | None
    """None where there is no other instance."""
    ping: Callable[[float], Awaitable[None]]
    """Raises when the store does not answer within that many seconds."""
    close: Callable[[], Awaitable[None]]
    note: str = ""
    """What an operator should know at the start."""
