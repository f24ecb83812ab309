"""Jobs: what Dropally does, has done and will do; cancelling and repeating."""

from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from dropally.auth.actors import Actor
from dropally.catalog import job_details, jobs
from dropally.catalog.job_lists import JobPlace, count_jobs, initiators, list_jobs, place_of
from dropally.catalog.jobs import JobRow
from dropally.server import job_access
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.job_views import (
    CauseView,
    InitiatorView,
    JobDetail,
    JobView,
    job_fields,
    live_view,
    speed_bytes_s,
    stored_phases,
)
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.parts import Parts
from dropally.server.problems import documented
from dropally.server.routes.job_filter import JOB_FILTER, StatusesWanted, Wanted, words_in

Order = Literal["latest", "oldest"]


class JobSummary(msgspec.Struct, frozen=True, kw_only=True):
    """The cards above the list: how many jobs of each status the same filter shows."""

    total: int
    pending: int
    in_progress: int
    succeeded: int
    partially_succeeded: int
    failed: int
    canceled: int
    initiators: list[InitiatorView]


class RetryRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`only_failed`: only the items that went wrong, where the kind of job can tell them.

    `cause`: of those, only what went wrong by this cause, as `causes` of the job names it; where
    the job says `retries_by_cause`. By one of `unnarrowed_causes`, all that went wrong.
    """

    only_failed: bool = False
    cause: Annotated[str, msgspec.Meta(max_length=2000)] = ""


class LogLine(msgspec.Struct, frozen=True):
    """A line of a job's log. `level`: note or warning."""

    line: int
    time: datetime
    level: str
    message: str


class JobLog(msgspec.Struct, frozen=True, kw_only=True):
    """Some lines. Ask again with `after` = `last_line` for what is new; `is_complete`: nothing will be."""

    items: list[LogLine]
    last_line: int
    is_complete: bool


class ProblemItem(msgspec.Struct, frozen=True):
    """One item that went wrong."""

    cause: str
    item: str
    message: str


@get(
    "/jobs",
    operation_id="list_jobs",
    summary="Jobs, by the time they were asked for",
    tags=["jobs"],
    dependencies=JOB_FILTER,
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def get_jobs(
    parts: GivenParts,
    wanted: Wanted,
    statuses: StatusesWanted = "",
    order: FromQuery[Order] = "latest",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[JobView]:
    """List the jobs that one may see: one's own, and those of tasks and entities within reach."""
    after = decode_cursor(cursor, JobPlace)
    with parts.auth.read() as connection:
        rows = list_jobs(
            connection,
            replace(wanted, statuses=words_in(statuses)),
            limit=limit + 1,
            after=after,
            oldest_first=order == "oldest",
        )
    shown = rows[:limit]
    now = parts.clock.now()
    return Page(
        items=[JobView(**job_fields(row, now)) for row in shown],
        next_cursor=encode_cursor(place_of(shown[-1])) if len(rows) > limit else None,
    )


@get(
    "/jobs/summary",
    operation_id="get_jobs_summary",
    summary="How many jobs of each status, and who asked for them",
    tags=["jobs"],
    dependencies=JOB_FILTER,
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def get_jobs_summary(parts: GivenParts, wanted: Wanted) -> JobSummary:
    """Count what the list shows with the same filter; the status is left out of it."""
    with parts.auth.read() as connection:
        counts = count_jobs(connection, wanted)
        who = initiators(connection, wanted)
    return JobSummary(
        total=sum(counts.values()),
        **{status: counts.get(status, 0) for status in (*jobs.UNFINISHED, *jobs.FINISHED)},
        initiators=[InitiatorView(*one) for one in who],
    )


@get(
    "/jobs/{job_id:str}",
    operation_id="get_job",
    summary="One job with everything about it",
    tags=["jobs"],
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_job(parts: GivenParts, actor: GivenActor, job_id: FromPath[str]) -> JobDetail:
    """Tell how a job stands, or how it went."""
    return _detail(parts, actor, job_access.find_job(parts, actor, job_id))


def _detail(parts: Parts, actor: Actor, row: JobRow) -> JobDetail:
    live = None if row.is_finished else parts.runner.live(row.id)
    now = parts.clock.now()
    with parts.auth.read() as connection:
        entity_ids = jobs.entities_of(connection, row.number)
        causes = job_details.causes_of(connection, row.number)
        retried_by = jobs.retries_of(connection, row.id)
        unnarrowed = job_access.unnarrowed_causes(connection, row)
    return JobDetail(
        **(job_fields(row, now) | ({"summary": live.summary} if live and live.summary else {})),
        entity_ids=list(entity_ids),
        phases=live_view(live).phases if live else stored_phases(row),
        live=live_view(live) if live else None,
        result=_decoded(row.result),
        causes=[CauseView(one.cause, one.hint, one.items) for one in causes],
        api_calls=live.api_calls if live else row.api_calls,
        speed_bytes_s=speed_bytes_s(row, now),
        retried_by=list(retried_by),
        only_failed=row.only_failed,
        retry_cause=row.retry_cause,
        can_cancel=job_access.may_cancel(parts, actor, row),
        can_retry=job_access.may_retry(parts, actor, row),
        retries_by_cause=job_access.retries_by_cause(row),
        unnarrowed_causes=unnarrowed,
    )


def _decoded(text: str) -> dict[str, Any]:
    return msgspec.json.decode(text, type=dict[str, Any])


@post(
    "/jobs/{job_id:str}/cancel",
    operation_id="cancel_job",
    summary="Cancel a job that waits or runs",
    tags=["jobs"],
    status_code=202,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def cancel_job(parts: GivenParts, actor: GivenActor, job_id: FromPath[str]) -> JobDetail:
    """Ask for its end: a waiting job is canceled at once, a running one within seconds."""
    return _detail(parts, actor, job_access.cancel_job(parts, actor, job_id))


@post(
    "/jobs/{job_id:str}/retry",
    operation_id="retry_job",
    summary="Do a finished job again, all of it or what went wrong",
    tags=["jobs"],
    status_code=202,
    opt={"idempotent": True},
    responses=documented(401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def retry_job(
    parts: GivenParts,
    actor: GivenActor,
    job_id: FromPath[str],
    data: JSONBody[RetryRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[JobDetail]:
    """Make a new job like this one that links to it. If the same is waiting already, that is told."""
    row = job_access.retry_job(parts, actor, job_id, only_failed=data.only_failed, cause=data.cause)
    return Response(
        _detail(parts, actor, row),
        status_code=202,
        headers={"Location": f"/api/v1/jobs/{row.id}"},
    )


@get(
    "/jobs/{job_id:str}/log",
    operation_id="get_job_log",
    summary="The log of a job",
    tags=["jobs"],
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_job_log(
    parts: GivenParts,
    actor: GivenActor,
    job_id: FromPath[str],
    after: Annotated[
        int, QueryParameter(name="after", ge=0, le=1 << 53, description="Lines after this one.")
    ] = 0,
    level: FromQuery[Literal["", "note", "warning"]] = "",
    limit: Limit = DEFAULT_PAGE,
) -> JobLog:
    """Read on in the log. The last 10,000 lines of a job are kept."""
    row = job_access.find_job(parts, actor, job_id)
    with parts.auth.read() as connection:
        lines = job_details.lines_after(connection, row.number, after, limit, level)
    return JobLog(
        items=[LogLine(one.line, one.time, one.level, one.message) for one in lines],
        last_line=lines[-1].line if lines else after,
        is_complete=row.is_finished and len(lines) < limit,
    )


@get(
    "/jobs/{job_id:str}/problems",
    operation_id="list_job_problems",
    summary="The items of a job that went wrong",
    tags=["jobs"],
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_job_problems(
    parts: GivenParts,
    actor: GivenActor,
    job_id: FromPath[str],
    cause: Annotated[str, QueryParameter(name="cause", max_length=2000)] = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[ProblemItem]:
    """List them in the order in which they were met. All are counted, the first 1,000 are kept."""
    row = job_access.find_job(parts, actor, job_id)
    after = decode_cursor(cursor, int) or 0
    with parts.auth.read() as connection:
        found = job_details.problems_after(connection, row.number, after, limit + 1, cause)
        causes = job_details.causes_of(connection, row.number)
    shown = found[:limit]
    return Page(
        items=[ProblemItem(one.cause, one.item, one.message) for one in shown],
        next_cursor=encode_cursor(shown[-1].place) if len(found) > limit else None,
        total=sum(one.items for one in causes if not cause or one.cause == cause),
    )


handlers = [
    get_jobs,
    get_jobs_summary,
    get_job,
    cancel_job,
    retry_job,
    get_job_log,
    get_job_problems,
]
