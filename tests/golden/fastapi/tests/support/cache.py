"""The store for tests."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from scripts.dev.redis import USUAL, answers
from tests.support.redis import redis_server


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
