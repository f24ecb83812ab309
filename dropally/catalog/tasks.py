"""Backup tasks, in `dropally.db`.

Settings are JSON that the protection room reads and writes whole; what lists and the scheduler
ask for has columns of its own.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("tasks")

_CREATE = (
    """
    CREATE TABLE task (
      id TEXT PRIMARY KEY,
      name TEXT NOT NULL,
      name_key TEXT NOT NULL,               -- as names are compared and searched
      connection TEXT NOT NULL REFERENCES connection (id),
      storage TEXT NOT NULL,
      settings TEXT NOT NULL,               -- JSON
      modno INTEGER NOT NULL DEFAULT 1,     -- grows with every change of the settings
      created_us INTEGER NOT NULL,
      first_activation TEXT NOT NULL DEFAULT 'none' CHECK (first_activation IN ('none', 'all')),
      synced_us INTEGER,                    -- the last time its entities were brought up to date
      paused_us INTEGER,
      paused_until_us INTEGER,              -- NULL: until somebody resumes it
      deleted_us INTEGER,
      purge_us INTEGER,                     -- when the grace ends
      deleted_by TEXT NOT NULL DEFAULT '',
      last_job TEXT NOT NULL DEFAULT '',
      last_run_us INTEGER,                  -- when its last run ended
      last_outcome TEXT NOT NULL DEFAULT '',
      last_success_us INTEGER               -- the last run that wrote a restore point
    ) STRICT
    """,
    "CREATE UNIQUE INDEX task_name ON task (name_key) WHERE deleted_us IS NULL",
    "CREATE INDEX task_connection ON task (connection)",
    "CREATE INDEX task_purge ON task (purge_us) WHERE purge_us IS NOT NULL",
    "CREATE INDEX task_pause_ends ON task (paused_until_us) WHERE paused_until_us IS NOT NULL",
)


@MIGRATIONS()
def create_tasks(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class TaskRow:
    """A task as stored. `settings` is JSON."""

    id: str
    name: str
    connection_id: str
    storage_id: str
    settings: str
    modno: int
    created: datetime
    first_activation: str
    synced: datetime | None
    paused: datetime | None
    paused_until: datetime | None
    deleted: datetime | None
    purge: datetime | None
    deleted_by: str
    last_job: str
    last_run: datetime | None
    last_outcome: str
    last_success: datetime | None


class TaskChange(TypedDict, total=False):
    """Columns of a task that may change. Times in microseconds."""

    name: str
    name_key: str
    settings: str
    modno: int
    synced_us: int | None
    paused_us: int | None
    paused_until_us: int | None
    deleted_us: int | None
    purge_us: int | None
    deleted_by: str
    last_job: str
    last_run_us: int | None
    last_outcome: str
    last_success_us: int | None


_SELECT = (
    "SELECT id, name, connection, storage, settings, modno, created_us, first_activation,"
    " synced_us, paused_us, paused_until_us, deleted_us, purge_us, deleted_by, last_job,"
    " last_run_us, last_outcome, last_success_us FROM task"
)


def _as_task(row: Any) -> TaskRow:
    values: list[Any] = [
        *row[:6],
        from_micros(row[6]),
        row[7],
        *(from_micros_or_none(value) for value in row[8:13]),
        *row[13:15],
        from_micros_or_none(row[15]),
        row[16],
        from_micros_or_none(row[17]),
    ]
    return TaskRow(*values)


def task_by_id(connection: sqlite3.Connection, task_id: str) -> TaskRow | None:
    """The task with this id, in the trash or not."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (task_id,)).fetchone()
    return _as_task(row) if row else None


def task_by_name(connection: sqlite3.Connection, name_key: str) -> TaskRow | None:
    """The task with this name that is not in the trash."""
    row = connection.execute(
        f"{_SELECT} WHERE name_key = ? AND deleted_us IS NULL", (name_key,)
    ).fetchone()
    return _as_task(row) if row else None


@dataclass(frozen=True)
class TaskFilter:
    """Which tasks a list shows. `ids` None does not narrow."""

    name_part: str = ""
    connection_id: str = ""
    is_deleted: bool = False
    ids: Sequence[str] | None = None


def list_tasks(
    connection: sqlite3.Connection,
    wanted: TaskFilter,
    *,
    after: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[TaskRow]:
    """Tasks by name; `after` is the (name key, id) of the last one seen."""
    conditions = ["deleted_us IS NOT NULL" if wanted.is_deleted else "deleted_us IS NULL"]
    values: list[Any] = []
    if wanted.name_part:
        conditions.append("instr(name_key, ?) > 0")
        values.append(wanted.name_part)
    if wanted.connection_id:
        conditions.append("connection = ?")
        values.append(wanted.connection_id)
    if wanted.ids is not None:
        conditions.append(f"id IN ({', '.join('?' * len(wanted.ids))})")
        values.extend(wanted.ids)
    if after is not None:
        conditions.append("(name_key, id) > (?, ?)")
        values.extend(after)
    rows = connection.execute(
        f"{_SELECT} WHERE {' AND '.join(conditions)} ORDER BY name_key, id LIMIT ?",
        (*values, limit),
    )
    return [_as_task(row) for row in rows]


def tasks_of_connection(connection: sqlite3.Connection, connection_id: str) -> list[TaskRow]:
    """Every task of a team that is not in the trash."""
    rows = connection.execute(
        f"{_SELECT} WHERE connection = ? AND deleted_us IS NULL ORDER BY created_us, id",
        (connection_id,),
    )
    return [_as_task(row) for row in rows]


def has_tasks(connection: sqlite3.Connection, connection_id: str) -> bool:
    """True while any task needs this connection, those in the trash included."""
    row = connection.execute(
        "SELECT 1 FROM task WHERE connection = ? LIMIT 1", (connection_id,)
    ).fetchone()
    return row is not None


def count_in_storage(connection: sqlite3.Connection, storage_id: str) -> int:
    """How many tasks keep their backups in a storage, those in the trash included."""
    row = connection.execute(
        "SELECT count(*) FROM task WHERE storage = ?", (storage_id,)
    ).fetchone()
    return int(row[0])


def is_only_task(connection: sqlite3.Connection, task: TaskRow) -> bool:
    """True if no other task, in the trash or not, backs the same team up into the same storage."""
    row = connection.execute(
        "SELECT 1 FROM task WHERE connection = ? AND storage = ? AND id <> ? LIMIT 1",
        (task.connection_id, task.storage_id, task.id),
    ).fetchone()
    return row is None


def insert_task(
    connection: sqlite3.Connection,
    task_id: str,
    *,
    name: str,
    name_key: str,
    connection_id: str,
    storage_id: str,
    settings: str,
    first_activation: str,
    created: datetime,
) -> None:
    """A new task. Raises sqlite3.IntegrityError for a name that another one has."""
    connection.execute(
        "INSERT INTO task"
        " (id, name, name_key, connection, storage, settings, first_activation, created_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            task_id,
            name,
            name_key,
            connection_id,
            storage_id,
            settings,
            first_activation,
            to_micros(created),
        ),
    )


def update_task(connection: sqlite3.Connection, task_id: str, change: TaskChange) -> None:
    """Set the given columns."""
    columns = ", ".join(f"{column} = ?" for column in change)
    connection.execute(
        f"UPDATE task SET {columns} WHERE id = ?",  # noqa: S608  names of TaskChange only
        (*change.values(), task_id),
    )


def delete_task(connection: sqlite3.Connection, task_id: str) -> None:
    """Remove a task with everything that belongs to it."""
    connection.execute("DELETE FROM task WHERE id = ?", (task_id,))


def tasks_to_purge(connection: sqlite3.Connection, now: datetime) -> list[TaskRow]:
    """Deleted tasks whose grace has ended."""
    rows = connection.execute(f"{_SELECT} WHERE purge_us <= ?", (to_micros(now),))
    return [_as_task(row) for row in rows]


def tasks_to_resume(connection: sqlite3.Connection, now: datetime) -> list[TaskRow]:
    """Paused tasks whose pause has ended."""
    rows = connection.execute(
        f"{_SELECT} WHERE paused_until_us <= ? AND deleted_us IS NULL", (to_micros(now),)
    )
    return [_as_task(row) for row in rows]
