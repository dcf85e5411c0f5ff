"""The store of development."""

from collections.abc import Mapping

from scripts.dev.prepared import Prepared
from scripts.dev.redis import USUAL, answers


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the Redis of REDIS_URL or of this machine; without one the process keeps cache and limits to itself."""
    if environment.get("REDIS_URL"):
        return Prepared("cache and rate limits: Redis at REDIS_URL")
    if answers(USUAL):
        return Prepared(f"cache and rate limits: {USUAL}", {"REDIS_URL": USUAL})
    note = f"cache and rate limits: in the process, as no Redis answers at {USUAL}"
    return Prepared(note, {"REDIS_URL": ""})
