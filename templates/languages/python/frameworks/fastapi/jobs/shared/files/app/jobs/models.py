"""What jobs look like to callers."""

from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field

from app import fields
from app.jobs.table import Job as StoredJob
from app.jobs.table import Status

_MOST = 2**53 - 1
_Count = Annotated[int, Field(ge=0, le=_MOST, json_schema_extra={"format": "int64"})]


class JobExport(fields.Body):
    """How rows are exported."""

    model_config = ConfigDict(json_schema_extra=fields.example({"format": "csv"}))

    format: Literal["ndjson", "csv"] = Field(
        default="ndjson", description="One JSON object on each line, or CSV with a line of names (RFC 4180)."
    )


class JobProgress(fields.View):
    """How far a job is."""

    done: _Count = Field(description="What is done; of an export, rows.")


class JobResult(fields.View):
    """The file that a job has written."""

    href: str = Field(max_length=2048, json_schema_extra={"format": "uri-reference"})
    content_type: str = Field(max_length=128, pattern="^[a-z]+/")
    bytes: _Count


class Job(fields.View):
    """Work in the background."""

    model_config = ConfigDict(
        json_schema_extra=fields.example(
            {
                "id": "01900000-0000-7000-8000-000000000002",
                "kind": "products.export",
                "status": "succeeded",
                "attempts": 1,
                "progress": {"done": 1200},
                "createdAt": "2026-01-15T08:30:00.000Z",
                "updatedAt": "2026-01-15T08:30:04.000Z",
                "expiresAt": "2026-01-22T08:30:04.000Z",
                "result": {
                    "href": "/v1/jobs/01900000-0000-7000-8000-000000000002/result",
                    "contentType": "application/x-ndjson",
                    "bytes": 240000,
                },
                "error": None,
            }
        )
    )

    id: fields.Uuid
    kind: str = Field(max_length=128, pattern="^[a-z0-9.-]+$", description="What it does.")
    status: Status
    attempts: int = Field(
        ge=0, le=101, description="How often a worker has begun.", json_schema_extra={"format": "int32"}
    )
    progress: JobProgress
    created_at: fields.Time
    updated_at: fields.Time
    expires_at: fields.Time = Field(description="When it is deleted with its result, once it is over.")
    result: JobResult | None
    error: str | None = Field(
        max_length=1024, pattern=r"^[^\u0000-\u001f]*$", description="Why the last attempt failed."
    )

    @classmethod
    def of(cls, job: StoredJob) -> Self:
        """What callers see of a row."""
        result = job.result
        return cls.model_construct(
            id=job.id,
            kind=job.kind,
            status=job.status,
            attempts=job.attempts,
            progress=JobProgress(done=job.done),
            created_at=job.created_at,
            updated_at=job.updated_at,
            expires_at=job.expires_at,
            result=result
            and JobResult.model_construct(
                href=f"/v1/jobs/{job.id}/result", content_type=result["contentType"], bytes=result["bytes"]
            ),
            error=job.error,
        )
