"""The queue of development."""

from collections.abc import Mapping
from typing import Final

from scripts.dev.prepared import Prepared
from scripts.dev.redis import USUAL, answers

# Not where the cache is.
_URL: Final = f"{USUAL}/1"


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the Redis of QUEUE_URL or of this machine; without one the worker asks the database itself."""
    if environment.get("QUEUE_URL"):
        return Prepared("jobs: Redis at QUEUE_URL")
    if answers(USUAL):
        return Prepared(f"jobs: {_URL}", {"QUEUE_URL": _URL})
    note = f"jobs: the worker asks the database itself, as no Redis answers at {USUAL}"
    return Prepared(note, {"QUEUE_URL": ""})
