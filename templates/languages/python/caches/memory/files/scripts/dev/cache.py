"""The store of development."""

from collections.abc import Mapping

from scripts.dev.prepared import Prepared


def prepare(_environment: Mapping[str, str]) -> Prepared:
    """Prepare nothing: the cache is part of the process."""
    return Prepared("cache and rate limits: in the process, for one instance")
