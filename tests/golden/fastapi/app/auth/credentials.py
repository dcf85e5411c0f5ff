"""Headers that say who sends a request."""

from collections.abc import Container
from typing import Final

CREDENTIAL_HEADERS: Final = ("authorization",)


def has_credentials(headers: Container[str]) -> bool:
    """Tell whether a request has credentials, good or not."""
    return any(name in headers for name in CREDENTIAL_HEADERS)
