"""What the console changed of the settings, in `dropally.db`.

A value is JSON. One that is a secret is sealed by the writer and kept as bytes. `modno` grows with
every change, so that two people who change settings at the same time notice each other.
"""

import sqlite3
from dataclasses import dataclass, field

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

MIGRATIONS = Migrations("settings")

_CREATE = (
    """
    CREATE TABLE setting (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL,                  -- JSON; "" where it is sealed
      sealed BLOB NOT NULL DEFAULT X''
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE setting_state (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      modno INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO setting_state (only, modno) VALUES (1, 1)",
)


@MIGRATIONS()
def create_settings(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class SettingRow:
    """One setting as stored: JSON in `value`, or bytes in `sealed`."""

    key: str
    value: str
    sealed: bytes = field(default=b"", repr=False)


def all_settings(connection: sqlite3.Connection) -> list[SettingRow]:
    """Those that were changed, by key."""
    rows = connection.execute("SELECT key, value, sealed FROM setting ORDER BY key")
    return [SettingRow(*row) for row in rows]


def put_setting(connection: sqlite3.Connection, row: SettingRow) -> None:
    """Store one."""
    connection.execute(
        "INSERT INTO setting (key, value, sealed) VALUES (?, ?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value, sealed = excluded.sealed",
        (row.key, row.value, row.sealed),
    )


def delete_setting(connection: sqlite3.Connection, key: str) -> None:
    """Forget one: the default counts again."""
    connection.execute("DELETE FROM setting WHERE key = ?", (key,))


def modification_number(connection: sqlite3.Connection) -> int:
    """How often settings were changed, plus one."""
    row = connection.execute("SELECT modno FROM setting_state").fetchone()
    return int(row[0])


def count_modification(connection: sqlite3.Connection) -> int:
    """Note a change; the new number."""
    row = connection.execute(
        "UPDATE setting_state SET modno = modno + 1 RETURNING modno"
    ).fetchone()
    return int(row[0])
