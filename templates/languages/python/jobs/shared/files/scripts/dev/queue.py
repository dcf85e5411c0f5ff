"""The queue of development."""

from collections.abc import Mapping

from scripts.dev.prepared import Prepared


def prepare(environment: Mapping[str, str]) -> Prepared:
    """Take the queue of QUEUE_URL; without one the worker asks the database for jobs."""
    where = "the queue of QUEUE_URL" if environment.get("QUEUE_URL") else "the table, as QUEUE_URL is not set"
    return Prepared(f"Jobs: a worker takes them from {where}")
