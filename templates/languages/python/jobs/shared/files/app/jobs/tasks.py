"""The task of taskiq. One for all kinds: the row says which one a job is, and what was asked for."""

from typing import Annotated

from taskiq import Context, TaskiqDepends, async_shared_broker

from app.jobs.runner import Runner


def _runner(context: Annotated[Context, TaskiqDepends()]) -> Runner:
    runner: Runner = context.state.runner
    return runner


@async_shared_broker.task(task_name="job")
async def run_job(id: str, runner: Runner = TaskiqDepends(_runner)) -> None:  # noqa: B008
    """Make an attempt at a job."""
    await runner.run(id)
