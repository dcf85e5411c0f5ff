"""What comes out of the cache."""

import time
from dataclasses import dataclass
from typing import Literal

from app.cache.port import Entry
from app.problem import Problem

Outcome = Literal["hit", "miss", "stale"]
Level = Literal["l1", "l2", "origin"]


@dataclass(slots=True)
class Reading:
    """An entry and how it was come by."""

    entry: Entry | None
    """None when there is no such item."""
    outcome: Outcome
    level: Level
    """Who answered: this process, the shared store, or the database."""
    age_seconds: float
    """Since the entry was read from the database."""
    ttl_seconds: float
    """How long the level may still answer with it; negative when it is past that."""


def age(entry: Entry) -> float:
    """Seconds since it was read. Clocks of instances differ a little; an entry is never younger than new."""
    return max(0.0, time.time() - entry.stored_at / 1000)


def is_outage(error: BaseException) -> bool:
    """Whether a stale copy is a better answer than this error."""
    return isinstance(error, Problem) and error.type in {
        "dependency-unavailable",
        "deadline-exceeded",
    }
