"""Starts everything the API needs, then the API, and restarts it when a source file changes."""

import os
import signal
import sys
from contextlib import ExitStack
from threading import Event
from types import FrameType

from scripts.dev import auth, cache, database
from scripts.dev.changes import changes
from scripts.dev.environment import development_environment
from scripts.dev.parent import end_with
from scripts.dev.port import free_port
from scripts.dev.prepared import Prepared
from scripts.dev.server import Server, exit_code_of


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
    if sys.platform != "win32":
        # The terminal was closed.
        signal.signal(signal.SIGHUP, interrupt)
    end_with(os.getppid())
    try:
        with ExitStack() as stack:
            _start(stack, stop)
    except (_Interrupted, KeyboardInterrupt):
        pass
    except RuntimeError as error:
        sys.exit(str(error))


def _start(stack: ExitStack, stop: Event) -> None:
    environment = development_environment()
    port = free_port("PORT", int(environment.get("PORT") or 3000))
    management_port = free_port("MANAGEMENT_PORT", int(environment.get("MANAGEMENT_PORT") or 9464), port)
    environment |= {"PORT": str(port), "MANAGEMENT_PORT": str(management_port)}

    parts: list[Prepared] = []
    for prepare in (database.prepare, cache.prepare, auth.prepare):
        part = prepare(environment)
        stack.callback(part.stop)
        environment |= part.environment
        parts.append(part)
    if not _migrate(environment):
        raise RuntimeError("the API did not start: its schema is not up to date")
    for part in parts:
        part.after_migrations()

    servers = [Server("API", "app", environment, port)]
    for server in servers:
        stack.callback(server.stop)
        server.start()
    changed = changes(["app", "migrations", "seeds"], stop)
    next(changed)
    _say(port, management_port, parts)
    for files in changed:
        schema = any(file.parts[0] in {"migrations", "seeds"} for file in files)
        if not schema or _migrate(environment):
            for server in servers:
                server.restart()


def _migrate(environment: dict[str, str]) -> bool:
    """Apply new migrations, then the sample rows, report what fails, and tell whether the schema is up to date."""
    if exit_code_of(["-m", "app.database.migrate"], environment) != 0:
        return False
    exit_code_of(["-m", "scripts.seed", "new"], environment)
    return True


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
