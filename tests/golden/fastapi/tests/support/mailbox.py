"""A mail server for the instances of a test."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from scripts.dev.mail_server import start_mail_server
from tests.support.api import Answer, Api

_TOKEN = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+$", re.MULTILINE)


class Mailbox:
    """What the server received."""

    def __init__(self) -> None:
        """Begin with no mail."""
        self.settings: dict[str, str] = {"MAIL_FROM": "no-reply@example.com"}
        """Settings of instances that send their mail here."""
        self._mails: list[tuple[str, str]] = []

    def receive(self, to: str, text: str) -> None:
        """Keep a mail."""
        self._mails.append((to.lower(), text))

    def to(self, email: str) -> list[str]:
        """Return the texts of the mails to an address."""
        return [text for to, text in self._mails if to == email.lower()]

    def token_of(self, email: str) -> str | None:
        """Return the token in the last mail to an address."""
        found = _TOKEN.search(self.to(email)[-1])
        return found[0] if found else None

    async def register(
        self, api: Api, email: str, password: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """Make an account with the token that its address gets."""
        await api.send("POST", "/v1/auth/register", body={"email": email}, headers=headers)
        body = {"token": self.token_of(email), "password": password}
        return await api.send("POST", "/v1/auth/confirm", body=body, headers=headers)


@contextmanager
def open_mailbox() -> Iterator[Mailbox]:
    """Start the server, and end it."""
    mailbox = Mailbox()
    mailbox.settings["MAIL_URL"], stop = start_mail_server(mailbox.receive)
    yield mailbox
    stop()
