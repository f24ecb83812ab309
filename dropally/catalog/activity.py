"""System activity: what Dropally did and how it went, in `dropally.db`.

A job leaves a row when it ends, or one for each item that it names; other parts add rows for what
is no job (a run that was left out, a member who appeared).
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, to_micros
from dropally.catalog.reached import Reached, activity_clauses, as_json
from dropally.common.text import search_key

MIGRATIONS = Migrations("activity")

_CREATE = (
    """
    CREATE TABLE activity (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      at_us INTEGER NOT NULL,
      activity TEXT NOT NULL,       -- 'backup', 'restore', 'export', ...
      service TEXT NOT NULL,
      sub_service TEXT NOT NULL,
      status TEXT NOT NULL,
      task_id TEXT NOT NULL,
      entity_id TEXT NOT NULL,
      job_id TEXT NOT NULL,         -- '' for what was no job
      task_name TEXT NOT NULL,      -- as the task was called then
      task_key TEXT NOT NULL,       -- as it is searched
      item TEXT NOT NULL,
      item_key TEXT NOT NULL,
      message TEXT NOT NULL         -- one sentence, where the status alone does not say enough
    ) STRICT
    """,
    "CREATE INDEX activity_by_time ON activity (at_us, number)",
    "CREATE INDEX activity_of_task ON activity (task_id, at_us, number)",
    "CREATE INDEX activity_of_job ON activity (job_id, at_us, number) WHERE job_id <> ''",
)


@MIGRATIONS()
def create_activity(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class NewActivity:
    """What is told of one thing that was done."""

    activity: str
    status: str
    item: str
    task_id: str = ""
    task_name: str = ""
    entity_id: str = ""
    job_id: str = ""
    service: str = "dropbox"
    sub_service: str = ""
    message: str = ""


@dataclass(frozen=True)
class ActivityRow:
    """One row as stored."""

    number: int
    time: datetime
    activity: str
    service: str
    sub_service: str
    status: str
    task_id: str
    entity_id: str
    job_id: str
    task_name: str
    item: str
    message: str


@dataclass(frozen=True)
class ActivityFilter:
    """Which rows are wanted; an empty value does not narrow. The end itself is left out."""

    start: datetime | None = None
    end: datetime | None = None
    activities: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    service: str = ""
    task_id: str = ""
    job_id: str = ""
    task_text: str = ""
    item_text: str = ""
    reached: tuple[Reached, ...] = ()


@dataclass(frozen=True)
class ActivityPlace:
    """Where a page ended."""

    at_us: int
    number: int


_COLUMNS = (
    "number, at_us, activity, service, sub_service, status, task_id, entity_id, job_id, task_name,"
    " item, message"
)


def insert_activity(connection: sqlite3.Connection, new: NewActivity, now: datetime) -> None:
    """Add a row."""
    connection.execute(
        "INSERT INTO activity (at_us, activity, service, sub_service, status, task_id, entity_id,"
        " job_id, task_name, task_key, item, item_key, message)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            to_micros(now),
            new.activity,
            new.service,
            new.sub_service,
            new.status,
            new.task_id,
            new.entity_id,
            new.job_id,
            new.task_name,
            search_key(new.task_name),
            new.item,
            search_key(new.item),
            new.message,
        ),
    )


def place_of(row: ActivityRow) -> ActivityPlace:
    """The place of a row, to go on behind it."""
    return ActivityPlace(to_micros(row.time), row.number)


def activity_by_number(connection: sqlite3.Connection, number: int) -> ActivityRow | None:
    """The row with this number."""
    row = connection.execute(
        f"SELECT {_COLUMNS} FROM activity WHERE number = ?",  # noqa: S608  constants only
        (number,),
    ).fetchone()
    return _as_row(row) if row else None


def list_activity(
    connection: sqlite3.Connection,
    wanted: ActivityFilter,
    *,
    limit: int,
    after: ActivityPlace | None = None,
    oldest_first: bool = False,
) -> list[ActivityRow]:
    """A page, the newest first unless `oldest_first`."""
    clauses, values = _where(wanted)
    if after is not None:
        sign = ">" if oldest_first else "<"
        clauses.append(f"(at_us, number) {sign} (:after_us, :after_number)")
        values |= {"after_us": after.at_us, "after_number": after.number}
    order = "ASC" if oldest_first else "DESC"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM activity WHERE {' AND '.join(clauses)}"  # noqa: S608  constants only
        f" ORDER BY at_us {order}, number {order} LIMIT :limit",
        values | {"limit": limit},
    )
    return [_as_row(row) for row in rows]


def give_up_before(connection: sqlite3.Connection, moment: datetime) -> int:
    """Delete rows older than this; how many."""
    return connection.execute("DELETE FROM activity WHERE at_us < ?", (to_micros(moment),)).rowcount


_SINGLE = ("service", "task_id", "job_id")
_SEVERAL = {
    "activities": "activity IN (SELECT value FROM json_each(:activities))",
    "statuses": "status IN (SELECT value FROM json_each(:statuses))",
}
_TEXTS = {
    "task_text": "instr(task_key, :task_text) > 0",
    "item_text": "instr(item_key, :item_text) > 0",
}


def _where(wanted: ActivityFilter) -> tuple[list[str], dict[str, object]]:
    clauses = ["at_us >= :start"]
    values: dict[str, object] = {"start": to_micros(wanted.start) if wanted.start else 0}
    if wanted.end is not None:
        clauses.append("at_us < :end")
        values["end"] = to_micros(wanted.end)
    for name in _SINGLE:
        if value := getattr(wanted, name):
            clauses.append(f"{name} = :{name}")
            values[name] = value
    if wanted.job_id:
        clauses.append("job_id <> ''")  # lets the index of jobs be used
    for name, clause in _SEVERAL.items():
        if words := getattr(wanted, name):
            clauses.append(clause)
            values[name] = as_json(words)
    for name, clause in _TEXTS.items():
        if text := getattr(wanted, name):
            clauses.append(clause)
            values[name] = search_key(text)
    reached, reached_values = activity_clauses(wanted.reached)
    return clauses + reached, values | reached_values


def _as_row(row: Any) -> ActivityRow:
    values: list[Any] = [row[0], from_micros(row[1]), *row[2:]]
    return ActivityRow(*values)
