"""Tells who a request is from."""

from typing import Protocol

from app.context import Principal


class Authenticator(Protocol):
    """One implementation per way of signing in."""

    async def authenticate(self, token: str) -> Principal:
        """The caller that a token was issued to. Raises Problem `unauthenticated`."""

    def close(self) -> None:
        """Ends what runs in the background."""
