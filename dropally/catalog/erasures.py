"""Erasures for legal reasons and their certificates, in `dropally.db`: never what was erased."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("erasures")

ErasureState = Literal["erasing", "open", "complete"]

_CREATE = (
    """
    CREATE TABLE erasure (
      id TEXT PRIMARY KEY,
      state TEXT NOT NULL CHECK (state IN ('erasing', 'open', 'complete')),
      storage_id TEXT NOT NULL,
      team_id TEXT NOT NULL,
      namespace TEXT NOT NULL,
      task_id TEXT NOT NULL,
      entity_id TEXT NOT NULL,
      entity_name TEXT NOT NULL,
      reason TEXT NOT NULL,
      asked_by TEXT NOT NULL,
      job_id TEXT NOT NULL,
      asked_us INTEGER NOT NULL,
      erased_us INTEGER,                    -- when no restore point had it any more
      complete_us INTEGER,                  -- when its bytes had left the storage
      facts TEXT NOT NULL DEFAULT '{}',     -- JSON: what was found and done
      removed TEXT NOT NULL DEFAULT '[]',   -- JSON: names of the packs that went
      places BLOB NOT NULL DEFAULT X''      -- sealed, and only until erased: where the items lie
    ) STRICT
    """,
    "CREATE INDEX erasure_by_time ON erasure (asked_us)",
)
_COLUMNS = (
    "id, state, storage_id, team_id, namespace, task_id, entity_id, entity_name, reason, asked_by,"
    " job_id, asked_us, erased_us, complete_us, facts, removed"
)
_SELECT = f"SELECT {_COLUMNS} FROM erasure"  # noqa: S608  constants


@MIGRATIONS()
def create_erasures(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class ErasureRow:
    """An erasure. `facts` and `removed` are JSON."""

    id: str
    state: ErasureState
    storage_id: str
    team_id: str
    namespace: str
    task_id: str
    entity_id: str
    entity_name: str
    reason: str
    asked_by: str
    job_id: str
    asked: datetime
    erased: datetime | None = None
    completed: datetime | None = None
    facts: str = "{}"
    removed: str = "[]"


def insert_erasure(connection: sqlite3.Connection, row: ErasureRow) -> None:
    """Put one in."""
    connection.execute(
        f"INSERT INTO erasure ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL,"  # noqa: S608  constants
        " ?, '[]')",
        (
            row.id,
            row.state,
            row.storage_id,
            row.team_id,
            row.namespace,
            row.task_id,
            row.entity_id,
            row.entity_name,
            row.reason,
            row.asked_by,
            row.job_id,
            to_micros(row.asked),
            row.facts,
        ),
    )


def erasure_by_id(connection: sqlite3.Connection, erasure_id: str) -> ErasureRow | None:
    """One of them."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (erasure_id,)).fetchone()
    return _as_row(row) if row else None


def all_erasures(connection: sqlite3.Connection) -> list[ErasureRow]:
    """Every one, the newest first."""
    return [_as_row(row) for row in connection.execute(f"{_SELECT} ORDER BY asked_us DESC, id")]


def open_erasures(connection: sqlite3.Connection, storage_id: str) -> list[ErasureRow]:
    """Those whose bytes have not left a storage yet."""
    rows = connection.execute(f"{_SELECT} WHERE storage_id = ? AND state = 'open'", (storage_id,))
    return [_as_row(row) for row in rows]


def complete_erasures(connection: sqlite3.Connection, storage_id: str) -> list[ErasureRow]:
    """Those whose bytes have left a storage."""
    rows = connection.execute(
        f"{_SELECT} WHERE storage_id = ? AND state = 'complete'", (storage_id,)
    )
    return [_as_row(row) for row in rows]


def save_places(connection: sqlite3.Connection, erasure_id: str, places: bytes) -> None:
    """Note where its items lie, for another attempt."""
    connection.execute("UPDATE erasure SET places = ? WHERE id = ?", (places, erasure_id))


def places_of(connection: sqlite3.Connection, erasure_id: str) -> bytes:
    """What was noted; b"" where nothing was, or it is of no more use."""
    row = connection.execute("SELECT places FROM erasure WHERE id = ?", (erasure_id,)).fetchone()
    return bytes(row[0]) if row else b""


def forget_order(connection: sqlite3.Connection, erasure_id: str, params: str) -> None:
    """What was to be erased is not kept, sealed or not: it is done. `params`: its jobs' from now on."""
    connection.execute("UPDATE erasure SET places = X'' WHERE id = ?", (erasure_id,))
    connection.execute(
        "UPDATE job SET params = ? WHERE kind = 'erase'"
        " AND json_extract(params, '$.erasure_id') = ?",
        (params, erasure_id),
    )


def save_facts(connection: sqlite3.Connection, erasure_id: str, facts: str) -> None:
    """What was found and done until now."""
    connection.execute("UPDATE erasure SET facts = ? WHERE id = ?", (facts, erasure_id))


def note_erased(connection: sqlite3.Connection, erasure_id: str, facts: str, now: datetime) -> None:
    """No restore point has it any more; its bytes go when space is freed."""
    connection.execute(
        "UPDATE erasure SET state = 'open', facts = ?, erased_us = ? WHERE id = ?",
        (facts, to_micros(now), erasure_id),
    )


def note_complete(
    connection: sqlite3.Connection, erasure_id: str, removed: str, now: datetime
) -> None:
    """Nothing of it is left in the storage."""
    connection.execute(
        "UPDATE erasure SET state = 'complete', removed = ?, complete_us = ? WHERE id = ?",
        (removed, to_micros(now), erasure_id),
    )


def _as_row(row: Any) -> ErasureRow:
    values: list[Any] = [
        *row[:11],
        from_micros(row[11]),
        *(from_micros_or_none(value) for value in row[12:14]),
        *row[14:],
    ]
    return ErasureRow(*values)
