"""A mail server on this machine that delivers nothing: it shows mail."""

from collections.abc import Callable
from email import message_from_bytes, policy

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from scripts.dev.port import any_free_port


class _Receiver:
    def __init__(self, receive: Callable[[str, str], None]) -> None:
        self._receive = receive

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        message = message_from_bytes(envelope.original_content or b"", policy=policy.default)
        text = message.get_content().replace("\r\n", "\n").strip()
        self._receive(envelope.rcpt_tos[0], text)
        return "250 OK"


def start_mail_server(receive: Callable[[str, str], None]) -> tuple[str, Callable[[], None]]:
    """Start it; return its URL and how it ends.

    `receive` gets recipient and text of each mail, in a thread of the server, before the sender hears that it was taken.
    """
    port = any_free_port()
    controller = Controller(_Receiver(receive), hostname="127.0.0.1", port=port)
    controller.start()
    return f"smtp://127.0.0.1:{port}", controller.stop
