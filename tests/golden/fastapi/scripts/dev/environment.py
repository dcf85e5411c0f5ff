"""The settings of development."""

import os

from dotenv import dotenv_values

from scripts.secrets import ensure_secrets


def development_environment() -> dict[str, str]:
    """Return the settings of .env, which gets the secrets it lacks, then those of the shell, which win."""
    made = ensure_secrets()
    if made:
        print(f"made in .env: {', '.join(made)}", flush=True)
    settings = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    return {"DRAIN_DELAY_MS": "0", **settings, **os.environ, "APP_ENV": "development"}
