"""Who signs in during development."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from app.auth.key_format import new_key
from scripts.dev.prepared import Prepared

_FILE: Final = Path(".env")
_TENANT: Final = "00000000-0000-0000-0000-000000000000"
"""That of the sample rows."""


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Make a key that may do everything, which stands in .env."""
    key = environment.get("DEV_ADMIN_KEY") or _kept(new_key("dev"))

    def create_key() -> None:
        done = subprocess.run(
            [sys.executable, "-m", "app.auth.key_command", "create", "admin", "admin", "--tenant", _TENANT],
            env={**environment, "KEY": key},
            check=False,
            capture_output=True,
            text=True,
        )
        # It is there since an earlier start.
        if done.returncode != 0 and "unique constraint" not in done.stderr:
            raise RuntimeError(done.stderr)

    note = f"""Writes need a key: curl -H "X-API-Key: $(sed -n 's/^DEV_ADMIN_KEY=//p' {_FILE})" …"""
    return Prepared(note, after_migrations=create_key)


def _kept(key: str) -> str:
    _FILE.touch(mode=0o600)
    with _FILE.open("a", encoding="utf-8") as file:
        file.write(f"DEV_ADMIN_KEY={key}\n")
    return key
