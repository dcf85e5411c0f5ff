"""Mail through a server that speaks SMTP."""

import re
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from typing import Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from app.config import Config, SettingsError
from app.context import RequestContext
from app.mail.port import Mail
from app.problem import dependency_unavailable
from app.resilience import Breaker, BreakerOpenError
from app.telemetry.log import Log
from app.telemetry.metrics import Metrics
from app.telemetry.trace import in_span

_LOOPBACK: Final = re.compile(r"localhost|127\.\d+\.\d+\.\d+|::1")
"""Hosts that mail reaches without leaving this machine."""
_PERMANENT: Final = 500


class MailError(Exception):
    """A mail server took no mail."""


class SmtpMailer:
    """Sends each mail in a connection of its own.

    `smtps:` is TLS from the start; `smtp:` changes to TLS (RFC 3207), which only a server on this machine may lack.
    """

    def __init__(self, config: Config, log: Log, metrics: Metrics) -> None:
        """Take the server from MAIL_URL. Raises SettingsError when the sender is missing."""
        if not config.MAIL_FROM:
            raise SettingsError(["MAIL_FROM is not set: mail needs a sender"])
        url = urlsplit(config.MAIL_URL)
        self._host = url.hostname or ""
        self._port = url.port
        self._tls = url.scheme == "smtps"
        self._start_tls = None if self._tls or _LOOPBACK.fullmatch(self._host) else True
        self._user = unquote(url.username) if url.username else None
        self._password = unquote(url.password) if url.password else None
        self._sender = config.MAIL_FROM
        self._timeout_s = config.REQUEST_TIMEOUT_MS / 1000
        self._log = log
        self._breaker = Breaker("mail", metrics, lambda error: not _is_recipient_refused(error))

    async def send(self, mail: Mail, context: RequestContext) -> None:
        """Return when the server has taken the mail, also for a recipient who does not exist.

        Raises Problem `dependency-unavailable` or `deadline-exceeded`.
        """
        with in_span(context.span, "SMTP", {"server.address": self._host}):
            async with context.time_limit():
                await self._deliver(self._message(mail), context)

    async def _deliver(self, message: EmailMessage, context: RequestContext) -> None:
        try:
            with self._breaker:
                await aiosmtplib.send(
                    message,
                    hostname=self._host,
                    port=self._port,
                    username=self._user,
                    password=self._password,
                    use_tls=self._tls,
                    start_tls=self._start_tls,
                    timeout=self._timeout_s,
                )
        except (aiosmtplib.SMTPException, OSError, BreakerOpenError) as error:
            # Without its text, which may hold the address.
            name = type(error).__name__
            if not _is_recipient_refused(error):
                reason = MailError(f"mail not sent: {name} {getattr(error, 'code', '')}".rstrip())
                raise dependency_unavailable("mail server") from reason
            self._log.warning("mail refused for its recipient", requestId=context.request_id, type=name)

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid(domain=self._sender.rpartition("@")[2].rstrip(">"))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text, cte="quoted-printable")
        return message


def _is_recipient_refused(error: BaseException) -> bool:
    """Whether the server works, but there is no such mailbox; clients get the same response as for any other."""
    return isinstance(error, aiosmtplib.SMTPRecipientsRefused) and all(
        each.code >= _PERMANENT for each in error.recipients
    )
