"""A job ends: its row says how, and the system's activity gets a row for it or for each item."""

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from dropally.catalog import job_changes, jobs
from dropally.catalog.activity import NewActivity, insert_activity
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.jobs import JobRow
from dropally.jobs.runner.request import ItemOutcome


def close_job(
    connection: sqlite3.Connection,
    row: JobRow,
    end: JobEnd,
    now: datetime,
    items: Sequence[ItemOutcome] = (),
) -> None:
    """End a job that waits or runs, in the caller's transaction."""
    if not job_changes.finish(connection, row.id, end, now):
        return
    for item in items or (_whole(connection, row, end),):
        insert_activity(connection, _told(row, item), now)


def _whole(connection: sqlite3.Connection, row: JobRow, end: JobEnd) -> ItemOutcome:
    return ItemOutcome(
        row.item or row.title,
        end.status,
        only_entity(connection, row),
        row.sub_service,
        end.error,
    )


def only_entity(connection: sqlite3.Connection, row: JobRow) -> str:
    """The entity that a job is about if it is one alone: who may see that one may see the job."""
    entity_ids = jobs.entities_of(connection, row.number)
    return entity_ids[0] if len(entity_ids) == 1 else ""


def _told(row: JobRow, item: ItemOutcome) -> NewActivity:
    return NewActivity(
        activity=row.kind,
        status=item.status,
        item=item.item,
        task_id=row.task_id,
        task_name=row.task_name,
        entity_id=item.entity_id,
        job_id=row.id,
        service=row.service,
        sub_service=item.sub_service or row.sub_service,
        message=item.message,
    )
