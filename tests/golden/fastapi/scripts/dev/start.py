"""Starts everything the API needs, then the API, and restarts it when a source file changes."""

import os
import signal
import sys
from contextlib import ExitStack
from threading import Event
from types import FrameType

from dotenv import dotenv_values

from scripts.dev import auth, cache, database
from scripts.dev.port import free_port
from scripts.dev.prepared import Prepared
from scripts.dev.server import Server, run
from scripts.secrets import ensure_secrets


class _Interrupted(Exception):
    """Somebody wants it to end."""


def main() -> None:
    """Run until Ctrl-C, then take down what was started."""
    stop = Event()

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        # Twice is not more than once: what is being taken down is taken down to its end.
        if not stop.is_set():
            stop.set()
            raise _Interrupted

    signal.signal(signal.SIGINT, interrupt)
    signal.signal(signal.SIGTERM, interrupt)
    try:
        with ExitStack() as stack:
            _start(stack, stop)
    except (_Interrupted, KeyboardInterrupt):
        pass
    except RuntimeError as error:
        sys.exit(str(error))


def _start(stack: ExitStack, stop: Event) -> None:
    made = ensure_secrets()
    if made:
        print(f"made in .env: {', '.join(made)}")
    settings = {name: value for name, value in dotenv_values(".env").items() if value is not None}
    environment = {"DRAIN_DELAY_MS": "0", **settings, **os.environ, "APP_ENV": "development"}
    port = free_port("PORT", int(environment.get("PORT") or 3000))
    management_port = free_port("MANAGEMENT_PORT", int(environment.get("MANAGEMENT_PORT") or 9464), port)
    environment |= {"PORT": str(port), "MANAGEMENT_PORT": str(management_port)}

    parts: list[Prepared] = []
    for prepare in (database.prepare, cache.prepare, auth.prepare):
        part = prepare(environment)
        stack.callback(part.stop)
        environment |= part.environment
        parts.append(part)
    run(["-m", "app.database.migrate"], environment)
    run(["-m", "scripts.seed"], environment)
    for part in parts:
        part.after_migrations()

    server = Server(["-m", "app"], environment)
    stack.callback(server.stop)
    server.start()
    _say(port, management_port, parts)
    server.restart_on_changes(["app", "openapi.yaml"], stop)


def _say(port: int, management_port: int, parts: list[Prepared]) -> None:
    base = f"http://localhost:{port}"
    lines = [
        "",
        f"  API      {base}",
        f"  Docs     {base}/docs",
        f"  Metrics  http://localhost:{management_port}/metrics",
        *(f"  - {part.note}" for part in parts if part.note),
        "",
        f"  Try it:  curl {base}/v1/products",
        "  It restarts when a file changes; Ctrl-C ends it.",
        "",
    ]
    print("\n".join(lines), flush=True)


if __name__ == "__main__":
    main()
