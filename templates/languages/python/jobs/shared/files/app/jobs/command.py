"""Looks at jobs, and deals with those that have failed, from a shell on the server."""

import asyncio
import sys
from typing import Final

from app.background import background_context
from app.config import Config, SettingsError, load_config
from app.database.connect import create_database
from app.database.port import Database, Transaction
from app.jobs import statements
from app.jobs.files import Files
from app.jobs.store import JobStore
from app.jobs.table import Job
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

USAGE: Final = "usage: uv run jobs list [--failed] | show ID | replay ID|--all | discard ID|--all"


def main() -> None:
    """Run one command: what is done on standard output, what is wrong on standard error and exit code 1."""
    action, which, *more = (*sys.argv[1:], "", "")
    known = (
        which in {"", "--failed"} if action == "list" else action in {"show", "replay", "discard"} and which
    )
    if not known or any(more):
        sys.exit(USAGE)
    try:
        asyncio.run(_run(load_config(), action, which))
    except (SettingsError, Problem) as error:
        sys.exit(str(error))


async def _run(config: Config, action: str, which: str) -> None:
    database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
    store = JobStore(database, config)
    try:
        async with background_context() as context:
            if action == "list":
                jobs = await store.list(context, failed=which == "--failed")
            elif which == "--all":
                jobs = await store.list(context, failed=True)
            else:
                found = await store.find(which, context)
                jobs = [found] if found else []
        if action == "show":
            print("\n".join(_described(job) for job in jobs) or f"There is no job {which}.")
        elif action == "list":
            print("\n".join(_line(job) for job in jobs) or "There are no such jobs.")
        else:
            done = [job for job in jobs if await _end(store, database, Files(config.FILES_URL), action, job)]
            print(f"{action}: {len(done)} of {len(jobs) or 1} jobs")
            if not done and which != "--all":
                sys.exit(f"{which} is no job that has failed")
    finally:
        await database.close()


async def _end(store: JobStore, database: Database, files: Files, action: str, job: Job) -> bool:
    if job.status != "failed":
        return False
    async with background_context() as context:
        if action == "replay":
            return await store.replay(job.id, context)

        async def discard(transaction: Transaction) -> None:
            await transaction.query(statements.DELETE, {"id": job.id})
            await files.remove(f"exports/{job.id}")

        await database.transaction(context, discard)
    return True


def _line(job: Job) -> str:
    return f"{job.id}  {job.status:<9}  {job.kind}  attempts {job.attempts}  {job.created_at}  {job.error or ''}".rstrip()


def _described(job: Job) -> str:
    fields = ("id", "kind", "owner", "payload", "status", "attempts", "done", "result", "error")
    times = ("created_at", "updated_at", "expires_at")
    return "\n".join(f"{name:<12}{getattr(job, name)}" for name in (*fields, *times))


if __name__ == "__main__":
    main()
