"""Keys that secrets are made of."""

from collections.abc import Callable, Mapping
from typing import Final

KEY_MAKERS: Final[Mapping[str, Callable[[], str]]] = {}
"""By the kind that .env.example names; the API signs nothing, so there are none."""
