"""Who signs in during development."""

from collections.abc import Mapping

from scripts.dev.prepared import Prepared


def prepare(_environment: Mapping[str, str]) -> Prepared:
    """Prepare nothing: nobody signs in."""
    return Prepared("Sign-in: none, every operation is open")
