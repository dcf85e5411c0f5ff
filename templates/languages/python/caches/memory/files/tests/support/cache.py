"""The store for tests."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shared_store() -> Iterator[tuple[str | None, str]]:
    """Start nothing: the cache is part of the process."""
    yield None, "in the process"
