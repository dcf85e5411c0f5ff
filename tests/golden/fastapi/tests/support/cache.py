"""The store for tests."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import TemporaryDirectory

from scripts.dev.cache import USUAL, answers
from scripts.dev.port import any_free_port


@contextmanager
def shared_store() -> Iterator[tuple[str | None, str]]:
    """Take a Redis that runs already, else start one; without either the tests that need it skip."""
    for url in (os.environ.get("TEST_REDIS_URL"), os.environ.get("REDIS_URL"), USUAL):
        if url and answers(url):
            yield url, "a Redis that was running"
            return
    with redis_server() as started:
        if started:
            yield started, "a redis-server started for the tests"
        else:
            yield None, "skipped: no Redis answers and there is no redis-server to start"


@contextmanager
def redis_server() -> Iterator[str | None]:
    """Start a redis-server and return its URL; None when there is no such program."""
    with TemporaryDirectory(prefix="redis-") as folder:
        port = str(any_free_port())
        options = ["--port", port, "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"]
        try:
            server = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        except FileNotFoundError:
            yield None
            return
        try:
            url = f"redis://127.0.0.1:{port}"
            while server.poll() is None and not answers(url):
                time.sleep(0.05)
            yield url
        finally:
            server.kill()
            server.wait()
