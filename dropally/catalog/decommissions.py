"""Taking the appliance out of service: who asked, until when it can be taken back, how it went."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("decommissions")

DecommissionState = Literal["awaiting_approval", "counting", "erasing", "done", "reactivated"]

_CREATE = (
    """
    CREATE TABLE decommission (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN
        ('awaiting_approval', 'counting', 'erasing', 'done', 'reactivated')),
      asked_by TEXT NOT NULL,
      asked_by_id TEXT NOT NULL,
      asked_us INTEGER NOT NULL,
      approved_by TEXT NOT NULL DEFAULT '',
      started_us INTEGER,                   -- when the countdown began
      due_us INTEGER,                       -- when everything is destroyed
      mailed_day INTEGER NOT NULL DEFAULT -1,
      tried_us INTEGER,                     -- the last attempt to destroy
      ended_us INTEGER,
      ended_by TEXT NOT NULL DEFAULT '',    -- who took it back
      report TEXT NOT NULL DEFAULT '[]'     -- JSON: what was deleted and what stayed, by storage
    ) STRICT
    """,
)
_COLUMNS = (
    "id, state, asked_by, asked_by_id, approved_by, mailed_day, ended_by, report, asked_us,"
    " started_us, due_us, tried_us, ended_us"
)


@MIGRATIONS()
def create_decommissions(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class DecommissionRow:
    """As stored. `report` is JSON."""

    id: str
    state: DecommissionState
    asked_by: str
    asked_by_id: str
    approved_by: str
    mailed_day: int
    ended_by: str
    report: str
    asked: datetime
    started: datetime | None
    due: datetime | None
    tried: datetime | None
    ended: datetime | None


def current(connection: sqlite3.Connection) -> DecommissionRow | None:
    """The one that was not taken back."""
    row: Any = connection.execute(
        f"SELECT {_COLUMNS} FROM decommission WHERE state <> 'reactivated'"  # noqa: S608  constants
    ).fetchone()
    if row is None:
        return None
    values: list[Any] = [
        *row[:8],
        from_micros(row[8]),
        *(from_micros_or_none(value) for value in row[9:]),
    ]
    return DecommissionRow(*values)


def insert(
    connection: sqlite3.Connection, row_id: str, asked_by: str, asked_by_id: str, now: datetime
) -> None:
    """Somebody asks for it; it waits for approval."""
    connection.execute(
        "INSERT INTO decommission (id, state, asked_by, asked_by_id, asked_us)"
        " VALUES (?, 'awaiting_approval', ?, ?, ?)",
        (row_id, asked_by, asked_by_id, to_micros(now)),
    )


def start(
    connection: sqlite3.Connection, row_id: str, approved_by: str, now: datetime, due: datetime
) -> None:
    """The countdown begins; the mail of its first day is sent with this."""
    connection.execute(
        "UPDATE decommission SET state = 'counting', approved_by = ?, started_us = ?, due_us = ?,"
        " mailed_day = 0 WHERE id = ?",
        (approved_by, to_micros(now), to_micros(due), row_id),
    )


def note_mail(connection: sqlite3.Connection, row_id: str, day: int) -> None:
    """The mail of this day was sent."""
    connection.execute("UPDATE decommission SET mailed_day = ? WHERE id = ?", (day, row_id))


def take_back(connection: sqlite3.Connection, row_id: str, by: str, now: datetime) -> None:
    """Nothing is destroyed."""
    connection.execute(
        "UPDATE decommission SET state = 'reactivated', ended_by = ?, ended_us = ? WHERE id = ?",
        (by, to_micros(now), row_id),
    )


def note_try(connection: sqlite3.Connection, row_id: str, now: datetime) -> None:
    """From here on there is no way back."""
    connection.execute(
        "UPDATE decommission SET state = 'erasing', tried_us = ? WHERE id = ?",
        (to_micros(now), row_id),
    )


def save_report(connection: sqlite3.Connection, row_id: str, report: str) -> None:
    """How it goes, by storage."""
    connection.execute("UPDATE decommission SET report = ? WHERE id = ?", (report, row_id))


def finish(connection: sqlite3.Connection, row_id: str, now: datetime) -> None:
    """All is destroyed that could be."""
    connection.execute(
        "UPDATE decommission SET state = 'done', ended_us = ? WHERE id = ?",
        (to_micros(now), row_id),
    )


def forget_teams(connection: sqlite3.Connection) -> None:
    """No task and no link to Dropbox is left."""
    connection.execute("DELETE FROM task")
    connection.execute("DELETE FROM pending_link")
    connection.execute("DELETE FROM connection")
