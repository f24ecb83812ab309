"""Requests become rows: a new job, a job repeated, a job whose end somebody wants."""

import dataclasses
import sqlite3
from datetime import datetime

import msgspec

from dropally.catalog import job_changes, jobs
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.jobs import JobRow, NewJob
from dropally.common.errors import ConflictError, NotFoundError
from dropally.common.ids import new_id
from dropally.jobs.runner.closing import close_job
from dropally.jobs.runner.request import STATUS_LABELS, Initiator, JobRequest


def add(connection: sqlite3.Connection, request: JobRequest, now: datetime) -> JobRow:
    """Store it as pending; the unfinished job with the same `dedupe` if there is one."""
    job = NewJob(
        id=new_id("job_"),
        kind=request.kind,
        title=request.title,
        priority=request.priority,
        dedupe=request.dedupe,
        task_id=request.task_id,
        storage_id=request.storage_id,
        team_id=request.team_id,
        locks=request.locks,
        service=request.service,
        sub_service=request.sub_service,
        task_name=request.task_name,
        item=request.item,
        destination=request.destination,
        point_time=request.point_time,
        initiator_kind=request.initiator.kind,
        initiator_id=request.initiator.id,
        initiator_name=request.initiator.name,
        params=msgspec.json.encode(request.params).decode(),
    )
    return _insert(connection, job, request.entity_ids, now)


def repeat(
    connection: sqlite3.Connection,
    job_id: str,
    by: Initiator,
    now: datetime,
    *,
    only_failed: bool,
    cause: str = "",
) -> JobRow:
    """Store a new job like this finished one, linked to it. A `cause` is only what failed by it.

    Raises NotFoundError; ConflictError while it has not finished.
    """
    old = find(connection, job_id)
    if not old.is_finished:
        raise ConflictError(
            "job_unfinished",
            f"the job is {STATUS_LABELS[old.status].lower()}",
            hint="wait for its end, or cancel it",
        )
    job = NewJob(
        id=new_id("job_"),
        params=jobs.params_of(connection, job_id).decode(),
        initiator_kind=by.kind,
        initiator_id=by.id,
        initiator_name=by.name,
        retry_of=old.id,
        only_failed=only_failed or bool(cause),
        retry_cause=cause,
        **{name: getattr(old, name) for name in _KEPT},
    )
    return _insert(connection, job, jobs.entities_of(connection, old.number), now)


_KEPT = frozenset(field.name for field in dataclasses.fields(NewJob)) - {
    "id",
    "params",
    "initiator_kind",
    "initiator_id",
    "initiator_name",
    "retry_of",
    "only_failed",
    "retry_cause",
}


def _insert(
    connection: sqlite3.Connection, job: NewJob, entity_ids: tuple[str, ...], now: datetime
) -> JobRow:
    if job.dedupe and (twin := jobs.unfinished_twin(connection, job.dedupe)):
        return twin
    jobs.insert_job(connection, job, entity_ids, now)
    return find(connection, job.id)


def cancel(connection: sqlite3.Connection, job_id: str, by: Initiator, now: datetime) -> JobRow:
    """Note that somebody wants its end; a waiting job ends at once.

    Raises NotFoundError; ConflictError when it has finished.
    """
    row = find(connection, job_id)
    if row.is_finished:
        raise ConflictError(
            "job_finished",
            f"the job has finished: {STATUS_LABELS[row.status].lower()}",
            hint="there is nothing to cancel any more",
        )
    job_changes.request_cancel(connection, job_id, by.name, now)
    if row.status == "pending":
        end = JobEnd("canceled", row.summary, problems=row.problems, api_calls=row.api_calls)
        close_job(connection, row, end, now)
    return find(connection, job_id)


def find(connection: sqlite3.Connection, job_id: str) -> JobRow:
    """The job. NotFoundError if there is none."""
    row = jobs.job_by_id(connection, job_id)
    if row is None:
        raise NotFoundError(f"there is no job {job_id}", hint="see the list of jobs")
    return row
