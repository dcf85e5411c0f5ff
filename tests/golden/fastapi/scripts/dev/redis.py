"""A Redis of this machine."""

from typing import Final

from redis import Redis, RedisError

USUAL: Final = "redis://localhost:6379"
_ANSWER_S: Final = 0.3


def answers(url: str) -> bool:
    """Tell whether a Redis answers PING there within 300 ms."""
    try:
        with Redis.from_url(url, socket_timeout=_ANSWER_S, socket_connect_timeout=_ANSWER_S) as client:
            return bool(client.ping())
    except RedisError:
        return False
