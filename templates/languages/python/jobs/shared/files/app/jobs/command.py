"""Lists jobs, and replays or discards failed ones, from a shell on the server."""

import asyncio
import re
import sys
from dataclasses import asdict
from typing import Final

import orjson

from app.background import background_context
from app.config import Config, SettingsError, load_config
from app.context import RequestContext
from app.database.connect import create_database
from app.database.port import Database, Transaction
from app.jobs import statements
from app.jobs.files import Files
from app.jobs.store import JobStore
from app.jobs.table import Job
from app.problem import Problem
from app.telemetry.log import create_log
from app.telemetry.metrics import create_metrics

USAGE: Final = "usage: uv run jobs list [failed] | show ID | replay ID|all | discard ID|all"
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DONE: Final = {"replay": "will be tried again", "discard": "deleted"}


def main() -> None:
    """Run one command: what is done on standard output, what is wrong on standard error and exit code 1."""
    action, which, *more = (*sys.argv[1:], "", "")
    if action == "list":
        known = which in {"", "failed"}
    else:
        known = bool(_ID.fullmatch(which)) or (action in _DONE and which == "all")
    if not known or action not in {"list", "show", *_DONE} or any(more):
        sys.exit(USAGE)
    try:
        print(asyncio.run(_run(load_config(), action, which)))
    except (SettingsError, Problem) as error:
        sys.exit(str(error))


async def _run(config: Config, action: str, which: str) -> str:
    database = await create_database(config=config, log=create_log(config), metrics=create_metrics())
    store = JobStore(database, config)
    try:
        async with background_context() as context:
            if action == "list":
                jobs = await store.list(context, failed=which == "failed")
                return "\n".join(map(_line, jobs)) or "no jobs"
            if action == "show":
                found = await store.find(which, context)
                return _shown(found) if found else sys.exit(f"there is no job {which}")
            every = which == "all"
            ids = [job.id for job in await store.list(context, failed=True)] if every else [which]
            files = Files(config.FILES_URL)
            ended = [one for one in ids if await _end(action, one, store, database, files, context)]
            if not ended and not every:
                sys.exit(f"there is no failed job {which}")
            return f"{len(ended)} {'job' if len(ended) == 1 else 'jobs'} {_DONE[action]}"
    finally:
        await database.close()


async def _end(
    action: str, id: str, store: JobStore, database: Database, files: Files, context: RequestContext
) -> bool:
    """Replay or discard a job; False when it has not failed."""
    if action == "replay":
        return await store.replay(id, context)

    async def discard(transaction: Transaction) -> bool:
        rows = await transaction.query(statements.DISCARD, {"id": id})
        if rows:
            await files.remove(f"exports/{id}")
        return bool(rows)

    return await database.transaction(context, discard)


def _line(job: Job) -> str:
    fields = (job.id, job.status, job.kind, f"attempts {job.attempts}", job.updated_at, job.error or "")
    return "  ".join(fields).rstrip()


def _shown(job: Job) -> str:
    return orjson.dumps(asdict(job), option=orjson.OPT_INDENT_2).decode()


if __name__ == "__main__":
    main()
