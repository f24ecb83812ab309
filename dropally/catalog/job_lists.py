"""Lists of jobs: filtered, in order of time, page by page; and how many of each status."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from dropally.catalog.jobs import COLUMNS, JobRow, as_job
from dropally.catalog.moments import from_micros, to_micros
from dropally.catalog.reached import Reached, as_json, job_clauses
from dropally.common.text import search_key


@dataclass(frozen=True)
class JobFilter:
    """Which jobs are wanted; an empty value does not narrow. The end itself is left out.

    `entity_id`: jobs about this entity by name. `reached` and `own_id` (see `catalog.reached`):
    what somebody may see; none is everything.
    """

    kinds: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    task_id: str = ""
    entity_id: str = ""
    storage_id: str = ""
    service: str = ""
    initiator_kinds: tuple[str, ...] = ()
    initiator_id: str = ""
    start: datetime | None = None
    end: datetime | None = None
    text: str = ""
    retry_of: str = ""
    reached: tuple[Reached, ...] = ()
    own_id: str = ""


@dataclass(frozen=True)
class JobPlace:
    """Where a page ended: the job's moment in microseconds and its number."""

    created_us: int
    number: int


def place_of(row: JobRow) -> JobPlace:
    """The place of a row, to go on behind it."""
    return JobPlace(to_micros(row.created), row.number)


def list_jobs(
    connection: sqlite3.Connection,
    wanted: JobFilter,
    *,
    limit: int,
    after: JobPlace | None = None,
    oldest_first: bool = False,
) -> list[JobRow]:
    """A page of jobs by the time they were asked for; equal times in the order of asking."""
    clauses, values = _where(wanted)
    if after is not None:
        sign = ">" if oldest_first else "<"
        clauses.append(f"(job.created_us, job.number) {sign} (:after_us, :after_number)")
        values |= {"after_us": after.created_us, "after_number": after.number}
    order = "ASC" if oldest_first else "DESC"
    rows = connection.execute(
        f"SELECT {COLUMNS} FROM job WHERE {' AND '.join(clauses)}"  # noqa: S608  constants only
        f" ORDER BY created_us {order}, number {order} LIMIT :limit",
        values | {"limit": limit},
    )
    return [as_job(row) for row in rows]


def backups_since(
    connection: sqlite3.Connection, task_id: str, since: datetime
) -> list[tuple[datetime, str]]:
    """When a task's backups were asked for, and what became of each, the oldest first."""
    rows = connection.execute(
        "SELECT created_us, status FROM job"
        " WHERE task_id = ? AND created_us >= ? AND kind = 'backup' ORDER BY created_us, number",
        (task_id, to_micros(since)),
    )
    return [(from_micros(created_us), status) for created_us, status in rows]


def count_jobs(connection: sqlite3.Connection, wanted: JobFilter) -> dict[str, int]:
    """How many jobs of each status; statuses that none has are missing."""
    clauses, values = _where(wanted)
    rows = connection.execute(
        f"SELECT status, count(*) FROM job WHERE {' AND '.join(clauses)} GROUP BY status",  # noqa: S608  constants only
        values,
    )
    return dict(rows.fetchall())


def is_seen(connection: sqlite3.Connection, row: JobRow, wanted: JobFilter) -> bool:
    """True if what `wanted` says of rights covers this job."""
    clauses, values = job_clauses(wanted.reached, wanted.own_id)
    query = " AND ".join(["job.number = :number", *clauses])
    found = connection.execute(
        f"SELECT 1 FROM job WHERE {query}",  # noqa: S608  constants only
        values | {"number": row.number},
    )
    return found.fetchone() is not None


def initiators(connection: sqlite3.Connection, wanted: JobFilter) -> list[tuple[str, str, str]]:
    """Who asked for these jobs: kind, id, name; for the choices of a filter."""
    clauses, values = _where(wanted)
    rows = connection.execute(
        "SELECT initiator_kind, initiator_id, max(initiator_name) FROM job"  # noqa: S608  constants only
        f" WHERE {' AND '.join(clauses)} GROUP BY 1, 2 ORDER BY 1, 3 LIMIT 500",
        values,
    )
    return [(row[0], row[1], row[2]) for row in rows]


_SINGLE = {
    "task_id": "job.task_id = :task_id",
    "storage_id": "job.storage_id = :storage_id",
    "service": "job.service = :service",
    "initiator_id": "job.initiator_id = :initiator_id",
    "retry_of": "job.retry_of = :retry_of",
    "entity_id": "job.number IN (SELECT job FROM job_entity WHERE entity_id = :entity_id)",
}
_SEVERAL = {
    "kinds": "job.kind IN (SELECT value FROM json_each(:kinds))",
    "statuses": "job.status IN (SELECT value FROM json_each(:statuses))",
    "initiator_kinds": "job.initiator_kind IN (SELECT value FROM json_each(:initiator_kinds))",
}


def _where(wanted: JobFilter) -> tuple[list[str], dict[str, object]]:
    clauses = ["job.created_us >= :start"]
    values: dict[str, object] = {"start": to_micros(wanted.start) if wanted.start else 0}
    if wanted.end is not None:
        clauses.append("job.created_us < :end")
        values["end"] = to_micros(wanted.end)
    for name, clause in _SINGLE.items():
        if getattr(wanted, name):
            clauses.append(clause)
            values[name] = getattr(wanted, name)
    for name, clause in _SEVERAL.items():
        if getattr(wanted, name):
            clauses.append(clause)
            values[name] = as_json(getattr(wanted, name))
    if wanted.text:
        clauses.append("instr(job.search_key, :text) > 0")
        values["text"] = search_key(wanted.text)
    reached, reached_values = job_clauses(wanted.reached, wanted.own_id)
    return clauses + reached, values | reached_values
