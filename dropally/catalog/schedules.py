"""What is to be run when, and what became of it, in `dropally.db`.

A schedule belongs to a backup task, or to the appliance itself (`system:self-backup`). It owes at
most one run: however long the appliance was down, what was missed is made up for once.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("schedules")
RunOutcome = Literal["started", "skipped", "refused", "failed"]

_CREATE = (
    """
    CREATE TABLE schedule (
      id TEXT PRIMARY KEY,                  -- the task's id, or system:NAME
      task TEXT UNIQUE REFERENCES task (id) ON DELETE CASCADE,
      plan TEXT NOT NULL,                   -- JSON
      next_due_us INTEGER NOT NULL,         -- the moment of the run that is owed next
      try_us INTEGER NOT NULL,              -- when to start it: that moment, or later after a refusal
      last_due_us INTEGER,                  -- the moment of the run that was started last
      last_started_us INTEGER,
      last_job TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    "CREATE INDEX schedule_due ON schedule (try_us)",
    """
    CREATE TABLE scheduled_run (
      schedule TEXT NOT NULL REFERENCES schedule (id) ON DELETE CASCADE,
      due_us INTEGER NOT NULL,
      acted_us INTEGER NOT NULL,            -- of the last try
      tries INTEGER NOT NULL DEFAULT 1,
      outcome TEXT NOT NULL CHECK (outcome IN ('started', 'skipped', 'refused', 'failed')),
      detail TEXT NOT NULL,                 -- why it was not started
      job TEXT NOT NULL,
      PRIMARY KEY (schedule, due_us)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX scheduled_run_acted ON scheduled_run (acted_us)",
)


@MIGRATIONS()
def create_schedules(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class ScheduleRow:
    """A schedule as stored. `plan` is JSON; `task_id` is "" for the appliance's own."""

    id: str
    task_id: str
    plan: str
    next_due: datetime
    try_at: datetime
    last_due: datetime | None
    last_started: datetime | None
    last_job: str


@dataclass(frozen=True)
class ScheduledRunRow:
    """What became of a run that was due. `tries` counts how often it was to be started."""

    schedule_id: str
    due: datetime
    acted: datetime
    tries: int
    outcome: str
    detail: str
    job_id: str


_SELECT = (
    "SELECT id, coalesce(task, ''), plan, next_due_us, try_us, last_due_us, last_started_us,"
    " last_job FROM schedule"
)
_DUE = _SELECT + " WHERE try_us <= ? AND (task IS NOT NULL) = ? ORDER BY try_us, id LIMIT ?"
_RUNS = (
    "SELECT schedule, due_us, acted_us, tries, outcome, detail, job FROM scheduled_run"
    " WHERE schedule = ? AND due_us < ? ORDER BY due_us DESC LIMIT ?"
)
_FAR_AWAY_US = (1 << 63) - 1


def _as_schedule(row: Any) -> ScheduleRow:
    return ScheduleRow(
        row[0],
        row[1],
        row[2],
        from_micros(row[3]),
        from_micros(row[4]),
        from_micros_or_none(row[5]),
        from_micros_or_none(row[6]),
        row[7],
    )


def put_schedule(
    connection: sqlite3.Connection,
    schedule_id: str,
    plan: str,
    next_due: datetime,
    *,
    task_id: str = "",
) -> None:
    """Set a schedule, or replace its plan; what was owed before is forgotten."""
    due_us = to_micros(next_due)
    connection.execute(
        "INSERT INTO schedule (id, task, plan, next_due_us, try_us) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET plan = excluded.plan,"
        " next_due_us = excluded.next_due_us, try_us = excluded.try_us",
        (schedule_id, task_id or None, plan, due_us, due_us),
    )


def remove_schedule(connection: sqlite3.Connection, schedule_id: str) -> None:
    """Forget a schedule and its runs."""
    connection.execute("DELETE FROM schedule WHERE id = ?", (schedule_id,))


def schedule_by_id(connection: sqlite3.Connection, schedule_id: str) -> ScheduleRow | None:
    """The schedule of a task, or of the appliance."""
    row = connection.execute(_SELECT + " WHERE id = ?", (schedule_id,)).fetchone()
    return _as_schedule(row) if row else None


def system_schedules(connection: sqlite3.Connection) -> list[ScheduleRow]:
    """The appliance's own schedules."""
    rows = connection.execute(_SELECT + " WHERE task IS NULL ORDER BY id")
    return [_as_schedule(row) for row in rows]


def continuous_tasks(connection: sqlite3.Connection) -> list[str]:
    """Tasks whose plan follows changes."""
    rows = connection.execute(
        "SELECT task FROM schedule WHERE task IS NOT NULL"
        " AND json_extract(plan, '$.frequency') = 'continuous' ORDER BY task"
    )
    return [row[0] for row in rows]


def due_schedules(
    connection: sqlite3.Connection, now: datetime, limit: int, *, of_tasks: bool
) -> list[ScheduleRow]:
    """What is to be started now, the longest due first: of tasks, or of the appliance."""
    rows = connection.execute(_DUE, (to_micros(now), int(of_tasks), limit))
    return [_as_schedule(row) for row in rows]


def record_run(
    connection: sqlite3.Connection,
    schedule: ScheduleRow,
    acted: datetime,
    outcome: RunOutcome,
    *,
    detail: str = "",
    job_id: str = "",
) -> None:
    """Note what became of the owed run; a further try of the same run replaces the note."""
    connection.execute(
        "INSERT INTO scheduled_run (schedule, due_us, acted_us, outcome, detail, job)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (schedule, due_us) DO UPDATE SET"
        " acted_us = excluded.acted_us, tries = tries + 1, outcome = excluded.outcome,"
        " detail = excluded.detail, job = excluded.job",
        (schedule.id, to_micros(schedule.next_due), to_micros(acted), outcome, detail, job_id),
    )


def note_start(
    connection: sqlite3.Connection, schedule: ScheduleRow, started: datetime, job_id: str
) -> None:
    """Note that the owed run was started."""
    connection.execute(
        "UPDATE schedule SET last_due_us = ?, last_started_us = ?, last_job = ? WHERE id = ?",
        (to_micros(schedule.next_due), to_micros(started), job_id, schedule.id),
    )


def owe_next(
    connection: sqlite3.Connection, schedule: ScheduleRow, next_due: datetime, try_at: datetime
) -> None:
    """Say which run is owed now, unless the plan was changed in the meantime."""
    connection.execute(
        "UPDATE schedule SET next_due_us = ?, try_us = ? WHERE id = ? AND plan = ?",
        (to_micros(next_due), to_micros(try_at), schedule.id, schedule.plan),
    )


def scheduled_runs(
    connection: sqlite3.Connection, schedule_id: str, limit: int, before: datetime | None = None
) -> list[ScheduledRunRow]:
    """The latest runs that were due, the newest first."""
    before_us = _FAR_AWAY_US if before is None else to_micros(before)
    return [
        ScheduledRunRow(row[0], from_micros(row[1]), from_micros(row[2]), *row[3:])
        for row in connection.execute(_RUNS, (schedule_id, before_us, limit))
    ]


def drop_old_runs(connection: sqlite3.Connection, before: datetime) -> int:
    """Forget what became of runs from before a moment; how many."""
    return connection.execute(
        "DELETE FROM scheduled_run WHERE acted_us < ?", (to_micros(before),)
    ).rowcount
