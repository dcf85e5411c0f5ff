"""Tells who a request is from."""

from typing import Protocol

from app.context import Principal


class Authenticator(Protocol):
    """One implementation per way of signing in."""

    @property
    def challenge(self) -> str:
        """Value of WWW-Authenticate for a request without credentials, empty where nobody needs any."""

    def authenticate(self, authorization: str | None) -> Principal | None:
        """The caller that the Authorization header names; None when there are no credentials.

        Raises Problem `unauthenticated` when credentials are there and not valid.
        """

    def close(self) -> None:
        """Ends what runs in the background."""
