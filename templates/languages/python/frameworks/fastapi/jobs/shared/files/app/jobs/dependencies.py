"""What endpoints of jobs depend on."""

from typing import Annotated

from fastapi import Depends, Request, Response

from app.jobs.models import Job
from app.jobs.service import Jobs
from app.jobs.table import OVER
from app.jobs.table import Job as StoredJob


async def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


JobService = Annotated[Jobs, Depends(_jobs)]


def job_response(job: StoredJob, status: int = 200) -> Response:
    """The job, and when to ask again."""
    headers = {"cache-control": "no-store"}
    if status == 202:
        headers["location"] = f"/v1/jobs/{job.id}"
    if job.status not in OVER:
        headers["retry-after"] = "1"
    return Response(Job.of(job).model_dump_json(by_alias=True), status, headers, "application/json")
