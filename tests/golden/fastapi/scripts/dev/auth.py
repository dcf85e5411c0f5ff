"""Who signs in during development."""

import subprocess
import sys
from collections.abc import Mapping
from typing import Final

from scripts.dev.prepared import Prepared

_EMAIL: Final = "admin@example.com"


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Make an account that may do everything, whose password stands in .env."""

    def create_account() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "app.auth.account_command", "create", _EMAIL, "admin"],
            env={**environment, "PASSWORD": environment.get("DEV_ADMIN_PASSWORD", "")},
            check=False,
            capture_output=True,
            text=True,
        )
        # It is there since an earlier start.
        if done.returncode != 0 and "There is an account" not in done.stderr:
            raise RuntimeError(done.stderr)

    note = f"Sign-in: {_EMAIL}, password in .env (DEV_ADMIN_PASSWORD)"
    return Prepared(note, after_migrations=create_account)
