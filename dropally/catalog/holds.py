"""Legal holds, and retentions that are not shortened yet: what keeps restore points longer."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("holds")
_CREATE = (
    """
    CREATE TABLE hold (
      id TEXT PRIMARY KEY,
      task TEXT NOT NULL,
      team_id TEXT NOT NULL,                -- with the storage: whose restore points; they may
      storage TEXT NOT NULL,                -- outlive the task
      reason TEXT NOT NULL,
      set_by TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      start_us INTEGER,                     -- restore points from here
      end_us INTEGER,                       -- to here; NULL: open
      until_us INTEGER                      -- NULL: until somebody releases it
    ) STRICT
    """,
    "CREATE INDEX hold_place ON hold (storage, team_id)",
    """
    CREATE TABLE earlier_retention (
      task TEXT NOT NULL,
      retention TEXT NOT NULL,              -- JSON, as in a task's settings
      until_us INTEGER NOT NULL,            -- it counts beside the newer one until then
      PRIMARY KEY (task, retention)
    ) STRICT, WITHOUT ROWID
    """,
)
_SELECT = (
    "SELECT id, task, team_id, storage, reason, set_by, owner, created_us, start_us, end_us, until_us"
    " FROM hold"
)


@MIGRATIONS()
def create_holds(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@MIGRATIONS()
def add_owner(database: Database) -> None:
    """Who answers for a hold; for the older ones, that is who set them."""
    database.execute("ALTER TABLE hold ADD COLUMN owner TEXT NOT NULL DEFAULT ''")
    database.execute("UPDATE hold SET owner = set_by")


@dataclass(frozen=True)
class HoldRow:
    """A hold as stored. `until` None: until it is released."""

    id: str
    task_id: str
    team_id: str
    storage_id: str
    reason: str
    set_by: str
    owner: str
    created: datetime
    start: datetime | None
    end: datetime | None
    until: datetime | None


def insert_hold(connection: sqlite3.Connection, row: HoldRow) -> None:
    """Set a hold."""
    connection.execute(
        "INSERT INTO hold (id, task, team_id, storage, reason, set_by, owner, created_us, start_us,"
        " end_us, until_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            row.task_id,
            row.team_id,
            row.storage_id,
            row.reason,
            row.set_by,
            row.owner,
            to_micros(row.created),
            *(None if at is None else to_micros(at) for at in (row.start, row.end, row.until)),
        ),
    )


def all_holds(connection: sqlite3.Connection) -> list[HoldRow]:
    """Every hold, the newest first."""
    return _read(connection.execute(f"{_SELECT} ORDER BY created_us DESC, id"))


def holds_at(connection: sqlite3.Connection, storage_id: str, team_id: str) -> list[HoldRow]:
    """The holds on a team's restore points in a storage."""
    query = f"{_SELECT} WHERE storage = ? AND team_id = ? ORDER BY created_us, id"
    return _read(connection.execute(query, (storage_id, team_id)))


def hold_by_id(connection: sqlite3.Connection, hold_id: str) -> HoldRow | None:
    """One hold."""
    found = _read(connection.execute(f"{_SELECT} WHERE id = ?", (hold_id,)))
    return found[0] if found else None


def delete_hold(connection: sqlite3.Connection, hold_id: str) -> None:
    """Release a hold."""
    connection.execute("DELETE FROM hold WHERE id = ?", (hold_id,))


def keep_earlier(
    connection: sqlite3.Connection, task_id: str, retention: str, until: datetime
) -> None:
    """Let a retention (JSON) count beside the task's newer one until then."""
    connection.execute(
        "INSERT INTO earlier_retention VALUES (?, ?, ?) ON CONFLICT (task, retention)"
        " DO UPDATE SET until_us = max(until_us, excluded.until_us)",
        (task_id, retention, to_micros(until)),
    )


def earlier_retentions(
    connection: sqlite3.Connection, task_id: str, now: datetime
) -> list[tuple[str, datetime]]:
    """Retentions (JSON) that still count beside a task's own, and until when."""
    rows = connection.execute(
        "SELECT retention, until_us FROM earlier_retention WHERE task = ? AND until_us > ?"
        " ORDER BY until_us",
        (task_id, to_micros(now)),
    )
    return [(retention, from_micros(until)) for retention, until in rows]


def _read(rows: sqlite3.Cursor) -> list[HoldRow]:
    return [_row(row) for row in rows]


def _row(row: Sequence[Any]) -> HoldRow:
    start, end, until = (from_micros_or_none(value) for value in row[8:11])
    values: list[Any] = [*row[:7], from_micros(row[7]), start, end, until]
    return HoldRow(*values)
