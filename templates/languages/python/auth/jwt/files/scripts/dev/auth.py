"""Who signs in during development."""

import subprocess
import sys
from collections.abc import Mapping
from textwrap import indent
from typing import Final

from scripts.dev.mail_server import start_mail_server
from scripts.dev.prepared import Prepared

_EMAIL: Final = "admin@example.com"
_TENANT: Final = "00000000-0000-0000-0000-000000000000"
"""That of the sample rows."""


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Make an account that may do everything, whose password stands in .env.

    And start a mail server that shows mail here, unless MAIL_URL names another.
    """

    def create_account() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "app.auth.account_command", "create", _EMAIL, "admin", _TENANT],
            env={**environment, "PASSWORD": environment.get("DEV_ADMIN_PASSWORD", "")},
            check=False,
            capture_output=True,
            text=True,
        )
        # It is there since an earlier start.
        if done.returncode != 0 and "There is an account" not in done.stderr:
            raise RuntimeError(done.stderr)

    note = f"Sign-in: {_EMAIL}, password in .env (DEV_ADMIN_PASSWORD)"
    if environment.get("MAIL_URL"):
        return Prepared(note, after_migrations=create_account)
    url, stop = start_mail_server(_show)
    settings = {"MAIL_URL": url, "MAIL_FROM": "no-reply@localhost"}
    return Prepared(f"{note}; mail is shown here", settings, stop, create_account)


def _show(to: str, text: str) -> None:
    print(f"\nMail to {to}:\n\n{indent(text, '    ')}\n", flush=True)
