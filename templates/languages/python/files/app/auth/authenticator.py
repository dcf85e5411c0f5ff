"""Tells who a request is from."""

from collections.abc import Coroutine
from typing import Any, Protocol

from app.context import Principal, RequestContext


class Authenticator(Protocol):
    """One implementation per way of signing in."""

    def authenticate(
        self, credentials: str, context: RequestContext
    ) -> Principal | Coroutine[Any, Any, Principal]:
        """The caller whose credentials a request has. Raises Problem `unauthenticated`."""

    def close(self) -> None:
        """Ends what runs in the background."""
