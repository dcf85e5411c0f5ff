"""The store of development."""

from collections.abc import Mapping
from typing import Final

from redis import Redis, RedisError

from scripts.dev.prepared import Prepared

USUAL: Final = "redis://localhost:6379"
_ANSWER_S: Final = 0.3


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the Redis of REDIS_URL or of this machine; without one the process keeps cache and limits to itself."""
    if environment.get("REDIS_URL"):
        return Prepared("cache and rate limits: Redis at REDIS_URL")
    if answers(USUAL):
        return Prepared(f"cache and rate limits: {USUAL}", {"REDIS_URL": USUAL})
    note = f"cache and rate limits: in the process, as no Redis answers at {USUAL}"
    return Prepared(note, {"REDIS_URL": ""})


def answers(url: str) -> bool:
    """Tell whether a Redis answers PING there within 300 ms."""
    try:
        with Redis.from_url(url, socket_timeout=_ANSWER_S, socket_connect_timeout=_ANSWER_S) as client:
            return bool(client.ping())
    except RedisError:
        return False
