"""Servers of Redis for tests."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from scripts.dev.port import any_free_port
from scripts.dev.redis import answers


@contextmanager
def redis_server(port: int | None = None) -> Iterator[str | None]:
    """Start a redis-server and return its URL; None when there is no such program."""
    with TemporaryDirectory(prefix="redis-") as folder:
        given = str(port or any_free_port())
        options = {"port": given, "bind": "127.0.0.1", "dir": folder, "save": "", "appendonly": "no"}
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        try:
            server = subprocess.Popen(["redis-server", *arguments], stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            yield None
            return
        try:
            url = f"redis://127.0.0.1:{given}"
            while server.poll() is None and not answers(url):
                time.sleep(0.05)
            yield url
        finally:
            server.kill()
            server.wait()
