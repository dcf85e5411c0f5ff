"""Keys that secrets are made of."""

from collections.abc import Callable, Mapping
from typing import Final

KEY_MAKERS: Final[Mapping[str, Callable[[], str]]] = {}
"""By the kind that .env.example names; there are none besides random ones."""
