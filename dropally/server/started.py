"""What a request that starts work is answered with."""

import msgspec
from litestar import Response

from dropally.catalog.jobs import JobRow


class StartedJob(msgspec.Struct, frozen=True, kw_only=True):
    """The job that does the work; its address is in the header Location."""

    id: str
    kind: str
    title: str
    status: str


def started(row: JobRow) -> Response[StartedJob]:
    """202 with the job and where to ask for it."""
    job = StartedJob(id=row.id, kind=row.kind, title=row.title, status=row.status)
    return Response(job, status_code=202, headers={"Location": f"/api/v1/jobs/{row.id}"})
