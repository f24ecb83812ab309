"""The answer to a request that started work: 202, where to follow it, and the job as it is now."""

from datetime import datetime

import msgspec
from litestar import Response

from dropally.catalog.jobs import JobRow


class StartedJob(msgspec.Struct, frozen=True, kw_only=True):
    """A job that waits or runs; `/jobs/{id}` tells how it goes on."""

    id: str
    kind: str
    title: str
    status: str
    task_id: str
    created: datetime


def started(job: JobRow) -> Response[StartedJob]:
    """202 with the job's address."""
    return Response(
        StartedJob(
            id=job.id,
            kind=job.kind,
            title=job.title,
            status=job.status,
            task_id=job.task_id,
            created=job.created,
        ),
        status_code=202,
        headers={"Location": f"/api/v1/jobs/{job.id}"},
    )
