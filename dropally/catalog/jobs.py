"""Jobs and how they stand, in `dropally.db`.

Functions take an open connection: whoever calls decides what belongs to one transaction. A job's
parameters and its resumable state may be large; they are not part of `JobRow` and are read when
the job runs.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros
from dropally.common.text import search_key

MIGRATIONS = Migrations("jobs")
UNFINISHED = ("pending", "in_progress")
FINISHED = ("succeeded", "partially_succeeded", "failed", "canceled")

_CREATE = (
    """
    CREATE TABLE job (
      number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order in which jobs were asked for
      id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      status TEXT NOT NULL CHECK (status IN
        ('pending', 'in_progress', 'succeeded', 'partially_succeeded', 'failed', 'canceled')),
      created_us INTEGER NOT NULL,
      started_us INTEGER,                   -- its first attempt
      attempt_us INTEGER,                   -- the attempt that runs, or ran last
      seen_us INTEGER,                      -- when that attempt was last seen alive
      ended_us INTEGER,
      priority INTEGER NOT NULL,            -- the smaller runs first
      attempt INTEGER NOT NULL DEFAULT 0,
      crashes INTEGER NOT NULL DEFAULT 0,   -- ends of the process in a row while it ran
      cancel_us INTEGER,                    -- somebody asked for its end
      is_announced INTEGER NOT NULL DEFAULT 0,  -- whoever listens was told of its end
      only_failed INTEGER NOT NULL,         -- it repeats only what failed in `retry_of`
      retry_of TEXT NOT NULL,               -- the job that this one repeats
      task_id TEXT NOT NULL,
      storage_id TEXT NOT NULL,
      team_id TEXT NOT NULL,
      service TEXT NOT NULL,
      sub_service TEXT NOT NULL,
      initiator_kind TEXT NOT NULL CHECK (initiator_kind IN ('user', 'token', 'scheduler', 'cli')),
      initiator_id TEXT NOT NULL,
      initiator_name TEXT NOT NULL,
      note TEXT NOT NULL DEFAULT '',        -- why it waits: 'interrupted', 'crashed'
      dedupe TEXT NOT NULL,                 -- '': may wait beside others of its sort
      locks TEXT NOT NULL,                  -- JSON: names that one job at a time may hold
      point_us INTEGER,                     -- the date of the backup it is about
      problems INTEGER NOT NULL DEFAULT 0,  -- items that went wrong
      api_calls INTEGER NOT NULL DEFAULT 0,
      cancelled_by TEXT NOT NULL DEFAULT '',
      title TEXT NOT NULL,
      task_name TEXT NOT NULL,              -- as the task was called then
      item TEXT NOT NULL,                   -- whom or what it is about, in words
      destination TEXT NOT NULL,
      search_key TEXT NOT NULL,             -- title, task, item and destination as they are searched
      error TEXT NOT NULL DEFAULT '',
      hint TEXT NOT NULL DEFAULT '',
      -- What may be large comes last: reading what is before it does not read it.
      summary TEXT NOT NULL DEFAULT '{}',   -- JSON: counts and bytes
      result TEXT NOT NULL DEFAULT '{}',    -- JSON: what others go on with
      phases TEXT NOT NULL DEFAULT '[]',    -- JSON: the counters at its end
      params TEXT NOT NULL,                 -- JSON: what the kind of job is given
      state BLOB NOT NULL DEFAULT X''       -- what it needs to go on after a stop
    ) STRICT
    """,
    "CREATE INDEX job_by_time ON job (created_us, number)",
    "CREATE INDEX job_of_task ON job (task_id, created_us, number)",
    "CREATE INDEX job_pending ON job (number) WHERE status = 'pending'",
    "CREATE INDEX job_in_progress ON job (number) WHERE status = 'in_progress'",
    "CREATE INDEX job_dedupe ON job (dedupe) WHERE status IN ('pending', 'in_progress')",
    "CREATE INDEX job_unannounced ON job (number) WHERE is_announced = 0 AND ended_us IS NOT NULL",
    "CREATE INDEX job_retried ON job (retry_of) WHERE retry_of <> ''",
    """
    CREATE TABLE job_entity (
      job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
      entity_id TEXT NOT NULL,
      PRIMARY KEY (job, entity_id)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX job_entity_of ON job_entity (entity_id, job)",
)


@MIGRATIONS()
def create_jobs(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@MIGRATIONS()
def add_what_is_left(database: Database) -> None:
    """How much a job had left to do when its last attempt began; NULL: it did not say."""
    database.execute("ALTER TABLE job ADD COLUMN left_to_do INTEGER")


@MIGRATIONS()
def count_what_is_done(database: Database) -> None:
    """How much a job has done for good, which tells more: what is left is unknown at first."""
    database.execute("ALTER TABLE job DROP COLUMN left_to_do")
    database.execute("ALTER TABLE job ADD COLUMN steps INTEGER NOT NULL DEFAULT 0")


@MIGRATIONS()
def add_retry_cause(database: Database) -> None:
    """A job may repeat only what failed in `retry_of` for one cause; '': for any."""
    database.execute("ALTER TABLE job ADD COLUMN retry_cause TEXT NOT NULL DEFAULT ''")


@dataclass(frozen=True)
class JobRow:
    """A job as stored. `summary`, `result` and `phases` are JSON."""

    number: int
    id: str
    kind: str
    title: str
    status: str
    note: str
    priority: int
    dedupe: str
    task_id: str
    storage_id: str
    team_id: str
    locks: tuple[str, ...]
    service: str
    sub_service: str
    task_name: str
    item: str
    destination: str
    initiator_kind: str
    initiator_id: str
    initiator_name: str
    attempt: int
    crashes: int
    cancelled_by: str
    retry_of: str
    only_failed: bool
    retry_cause: str
    phases: str
    summary: str
    result: str
    error: str
    hint: str
    problems: int
    api_calls: int
    point_time: datetime | None
    created: datetime
    started: datetime | None
    attempt_started: datetime | None
    ended: datetime | None
    cancel_requested: datetime | None

    @property
    def is_finished(self) -> bool:
        """True if nothing more will happen to it."""
        return self.status in FINISHED


COLUMNS = (
    "number, id, kind, title, status, note, priority, dedupe, task_id, storage_id, team_id, locks,"
    " service, sub_service, task_name, item, destination, initiator_kind, initiator_id, initiator_name, attempt,"
    " crashes, cancelled_by, retry_of, only_failed, retry_cause, phases, summary, result, error, hint,"
    " problems, api_calls, point_us, created_us, started_us, attempt_us, ended_us, cancel_us"
)
_SELECT = f"SELECT {COLUMNS} FROM job"  # noqa: S608  constants only
_BY_ID = _SELECT + " WHERE id = ?"
_UNFINISHED_TWIN = (
    _SELECT + " WHERE dedupe = ? AND status IN ('pending', 'in_progress') AND cancel_us IS NULL"
    " ORDER BY number LIMIT 1"
)
_PENDING = _SELECT + " WHERE status = 'pending' AND number > ? ORDER BY number LIMIT ?"
_IN_PROGRESS = _SELECT + " WHERE status = 'in_progress' ORDER BY number"
_UNANNOUNCED = _SELECT + " WHERE is_announced = 0 AND ended_us IS NOT NULL ORDER BY number LIMIT ?"


def as_job(row: Any) -> JobRow:
    """A row of `COLUMNS`."""
    values: list[Any] = [
        *row[:11],
        tuple(msgspec.json.decode(row[11], type=list[str])),
        *row[12:24],
        bool(row[24]),
        *row[25:33],
        from_micros_or_none(row[33]),
        from_micros(row[34]),
        *(from_micros_or_none(micros) for micros in row[35:]),
    ]
    return JobRow(*values)


@dataclass(frozen=True)
class NewJob:
    """What is stored of a request. `params` is JSON."""

    id: str
    kind: str
    title: str
    priority: int
    dedupe: str
    task_id: str
    storage_id: str
    team_id: str
    locks: tuple[str, ...]
    service: str
    sub_service: str
    task_name: str
    item: str
    destination: str
    point_time: datetime | None
    initiator_kind: str
    initiator_id: str
    initiator_name: str
    params: str
    retry_of: str = ""
    only_failed: bool = False
    retry_cause: str = ""


_INSERT = (
    "INSERT INTO job (id, kind, title, status, priority, dedupe, task_id, storage_id, team_id,"
    " locks, service, sub_service, task_name, item, destination, search_key, point_us,"
    " initiator_kind, initiator_id, initiator_name, params, retry_of, only_failed, retry_cause,"
    " created_us)"
    " VALUES (?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


def insert_job(
    connection: sqlite3.Connection, job: NewJob, entity_ids: tuple[str, ...], now: datetime
) -> None:
    """Add a pending job."""
    cursor = connection.execute(
        _INSERT,
        (
            job.id,
            job.kind,
            job.title,
            job.priority,
            job.dedupe,
            job.task_id,
            job.storage_id,
            job.team_id,
            msgspec.json.encode(job.locks).decode(),
            job.service,
            job.sub_service,
            job.task_name,
            job.item,
            job.destination,
            search_key(f"{job.title} {job.task_name} {job.item} {job.destination}"),
            to_micros(job.point_time) if job.point_time else None,
            job.initiator_kind,
            job.initiator_id,
            job.initiator_name,
            job.params,
            job.retry_of,
            int(job.only_failed),
            job.retry_cause,
            to_micros(now),
        ),
    )
    connection.executemany(
        "INSERT OR IGNORE INTO job_entity (job, entity_id) VALUES (?, ?)",
        ((cursor.lastrowid, entity_id) for entity_id in entity_ids),
    )


def job_by_id(connection: sqlite3.Connection, job_id: str) -> JobRow | None:
    """The job with this id."""
    row = connection.execute(_BY_ID, (job_id,)).fetchone()
    return as_job(row) if row else None


def unfinished_twin(connection: sqlite3.Connection, dedupe: str) -> JobRow | None:
    """The job with this key that waits or runs, unless somebody has asked for its end."""
    row = connection.execute(_UNFINISHED_TWIN, (dedupe,)).fetchone()
    return as_job(row) if row else None


def pending_after(connection: sqlite3.Connection, number: int, limit: int) -> list[JobRow]:
    """Jobs that wait, in the order in which they were asked for, after this one."""
    return [as_job(row) for row in connection.execute(_PENDING, (number, limit))]


def last_success(connection: sqlite3.Connection, kind: str, storage_id: str) -> datetime | None:
    """When the last successful job of a kind in a storage ended."""
    row = connection.execute(
        "SELECT max(ended_us) FROM job WHERE kind = ? AND storage_id = ?"
        " AND status IN ('succeeded', 'partially_succeeded')",
        (kind, storage_id),
    ).fetchone()
    return from_micros_or_none(row[0])


def in_progress(connection: sqlite3.Connection) -> list[JobRow]:
    """Jobs that run, or ran when the process ended."""
    return [as_job(row) for row in connection.execute(_IN_PROGRESS)]


def unannounced(connection: sqlite3.Connection, limit: int) -> list[JobRow]:
    """Finished jobs of whose end nobody was told yet."""
    return [as_job(row) for row in connection.execute(_UNANNOUNCED, (limit,))]


def params_of(connection: sqlite3.Connection, job_id: str) -> bytes:
    """What the job was given, as JSON."""
    row = connection.execute("SELECT params FROM job WHERE id = ?", (job_id,)).fetchone()
    return bytes(row[0], "utf-8") if row else b"{}"


def state_of(connection: sqlite3.Connection, job_id: str) -> bytes:
    """What the job noted for going on after a stop; b"" if nothing."""
    row = connection.execute("SELECT state FROM job WHERE id = ?", (job_id,)).fetchone()
    return bytes(row[0]) if row else b""


def entities_of(connection: sqlite3.Connection, number: int) -> tuple[str, ...]:
    """The entities that a job is about; none when it is about its whole task, or about no task."""
    rows = connection.execute(
        "SELECT entity_id FROM job_entity WHERE job = ? ORDER BY entity_id", (number,)
    )
    return tuple(row[0] for row in rows)


def retries_of(connection: sqlite3.Connection, job_id: str) -> tuple[str, ...]:
    """The jobs that repeat this one, the oldest first."""
    rows = connection.execute(
        "SELECT id FROM job WHERE retry_of = ? AND retry_of <> '' ORDER BY number", (job_id,)
    )
    return tuple(row[0] for row in rows)
