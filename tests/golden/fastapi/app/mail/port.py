"""What sends mail."""

from dataclasses import dataclass
from typing import Protocol

from app.context import RequestContext


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail of plain text, and the address that it goes to."""

    to: str
    subject: str
    text: str


class Mailer(Protocol):
    """Hands mail to a mail server."""

    async def send(self, mail: Mail, context: RequestContext) -> None:
        """Return when the mail is taken, also for a recipient who does not exist.

        Raises Problem `dependency-unavailable` or `deadline-exceeded`.
        """
