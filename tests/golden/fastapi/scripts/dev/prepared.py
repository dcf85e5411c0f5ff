"""What is made ready before the API starts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True)
class Prepared:
    """A dependency of the API, and how it is taken down again."""

    note: str
    """What is said about it when the API has started."""
    environment: Mapping[str, str] = field(default_factory=dict)
    stop: Callable[[], None] = _nothing
    after_migrations: Callable[[], None] = _nothing
