"""Storages that were added in the console, and what is known of every storage's keys.

Credentials are sealed with a key that is not in this file. `storage_keys` has a row for storages of
dropally.toml too: who was shown a recovery code, and who proved to have kept it.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("storages")

_CREATE = (
    """
    CREATE TABLE storage (
      id TEXT PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('local', 's3', 'azure', 'gcs')),
      location TEXT NOT NULL,
      options TEXT NOT NULL,                -- JSON: how it is reached, without secrets
      secrets BLOB NOT NULL,                -- sealed JSON: credentials
      region_label TEXT NOT NULL,
      min_free_bytes INTEGER NOT NULL,
      min_free_share REAL NOT NULL,
      modno INTEGER NOT NULL DEFAULT 1,
      created_us INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE storage_default (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      storage_id TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE storage_keys (
      storage_id TEXT PRIMARY KEY,
      repository_id TEXT NOT NULL,
      shown_us INTEGER,                     -- when its recovery code was shown
      asked_groups BLOB NOT NULL,           -- sealed JSON, until confirmed: groups to be typed
      confirmed_us INTEGER,
      confirmed_by TEXT NOT NULL DEFAULT ''
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE self_backup (
      storage_id TEXT PRIMARY KEY,
      point_id TEXT NOT NULL,               -- the newest one in that storage
      made_us INTEGER,
      size_bytes INTEGER NOT NULL,
      audit_seq INTEGER NOT NULL,           -- the last audited act that is in it
      trouble TEXT NOT NULL,                -- why the last try failed, '' if it did not
      tried_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def create_storages(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@MIGRATIONS()
def create_moves(database: Database) -> None:
    """Storages of dropally.toml that were copied to another place, which the file does not name yet."""
    database.execute(
        """
        CREATE TABLE storage_move (
          storage_id TEXT PRIMARY KEY,
          from_location TEXT NOT NULL,
          to_location TEXT NOT NULL,
          moved_us INTEGER NOT NULL
        ) STRICT, WITHOUT ROWID
        """
    )


@dataclass(frozen=True)
class MoveRow:
    """A storage whose repository lies in its new place, too, since `moved`."""

    storage_id: str
    from_location: str
    to_location: str
    moved: datetime


@dataclass(frozen=True)
class StorageRow:
    """A storage that was added in the console. `options` is JSON, `secrets` sealed JSON."""

    id: str
    kind: str
    location: str
    options: str
    secrets: bytes = field(repr=False)
    region_label: str
    min_free_bytes: int
    min_free_share: float
    modno: int = 1


@dataclass(frozen=True)
class KeysRow:
    """What is known of the recovery code of a storage's repository."""

    storage_id: str
    repository_id: str
    shown: datetime | None
    asked_groups: bytes = field(repr=False)
    confirmed: datetime | None
    confirmed_by: str


@dataclass(frozen=True)
class SelfBackupRow:
    """The newest self-backup in a storage, and how the last try went."""

    storage_id: str
    point_id: str
    made: datetime | None
    size_bytes: int
    audit_seq: int
    trouble: str
    tried: datetime


_STORAGE = (
    "SELECT id, kind, location, options, secrets, region_label, min_free_bytes, min_free_share,"
    " modno FROM storage"
)


def all_storages(connection: sqlite3.Connection) -> list[StorageRow]:
    """Every storage of the console, the oldest first."""
    rows = connection.execute(_STORAGE + " ORDER BY created_us, rowid")
    return [StorageRow(*row) for row in rows]


def all_moves(connection: sqlite3.Connection) -> list[MoveRow]:
    """Every move that waits for the file."""
    rows = connection.execute(
        "SELECT storage_id, from_location, to_location, moved_us FROM storage_move"
    )
    return [
        MoveRow(storage_id, old, new, from_micros(moved)) for storage_id, old, new, moved in rows
    ]


def put_move(connection: sqlite3.Connection, row: MoveRow) -> None:
    """Note a move, in place of an earlier one of the storage."""
    connection.execute(
        "INSERT OR REPLACE INTO storage_move VALUES (?, ?, ?, ?)",
        (row.storage_id, row.from_location, row.to_location, to_micros(row.moved)),
    )


def delete_move(connection: sqlite3.Connection, storage_id: str) -> None:
    """A move is over."""
    connection.execute("DELETE FROM storage_move WHERE storage_id = ?", (storage_id,))


def storage_by_id(connection: sqlite3.Connection, storage_id: str) -> StorageRow | None:
    """The storage of the console with this id."""
    row = connection.execute(_STORAGE + " WHERE id = ?", (storage_id,)).fetchone()
    return StorageRow(*row) if row else None


def put_storage(connection: sqlite3.Connection, row: StorageRow, now: datetime) -> None:
    """Add a storage, or replace what is known of it; its `modno` grows."""
    connection.execute(
        "INSERT INTO storage (id, kind, location, options, secrets, region_label, min_free_bytes,"
        " min_free_share, created_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, location = excluded.location,"
        " options = excluded.options, secrets = excluded.secrets,"
        " region_label = excluded.region_label, min_free_bytes = excluded.min_free_bytes,"
        " min_free_share = excluded.min_free_share, modno = modno + 1",
        (
            row.id,
            row.kind,
            row.location,
            row.options,
            row.secrets,
            row.region_label,
            row.min_free_bytes,
            row.min_free_share,
            to_micros(now),
        ),
    )


def delete_storage(connection: sqlite3.Connection, storage_id: str) -> None:
    """Forget a storage of the console and what was known of its keys."""
    for table in (
        "storage WHERE id",
        "storage_keys WHERE storage_id",
        "self_backup WHERE storage_id",
    ):
        connection.execute(f"DELETE FROM {table} = ?", (storage_id,))  # noqa: S608  from the line above


def default_storage(connection: sqlite3.Connection) -> str:
    """The storage that people made the default; "" if they made none."""
    row = connection.execute("SELECT storage_id FROM storage_default").fetchone()
    return str(row[0]) if row else ""


def set_default_storage(connection: sqlite3.Connection, storage_id: str) -> None:
    """Where new tasks go unless they name another storage."""
    connection.execute(
        "INSERT INTO storage_default (only, storage_id) VALUES (1, ?)"
        " ON CONFLICT (only) DO UPDATE SET storage_id = excluded.storage_id",
        (storage_id,),
    )


# -- keys ----------------------------------------------------------------------------------


def keys_of(connection: sqlite3.Connection, storage_id: str) -> KeysRow | None:
    """What is known of a storage's recovery code."""
    row = connection.execute(
        "SELECT storage_id, repository_id, shown_us, asked_groups, confirmed_us, confirmed_by"
        " FROM storage_keys WHERE storage_id = ?",
        (storage_id,),
    ).fetchone()
    if row is None:
        return None
    return KeysRow(
        row[0], row[1], from_micros_or_none(row[2]), row[3], from_micros_or_none(row[4]), row[5]
    )


def note_code_shown(
    connection: sqlite3.Connection,
    storage_id: str,
    repository_id: str,
    asked_groups: bytes,
    now: datetime,
) -> None:
    """A recovery code was made and shown; nobody has proved yet to have kept it."""
    connection.execute(
        "INSERT INTO storage_keys (storage_id, repository_id, shown_us, asked_groups)"
        " VALUES (?, ?, ?, ?) ON CONFLICT (storage_id) DO UPDATE SET"
        " repository_id = excluded.repository_id, shown_us = excluded.shown_us,"
        " asked_groups = excluded.asked_groups, confirmed_us = NULL, confirmed_by = ''",
        (storage_id, repository_id, to_micros(now), asked_groups),
    )


def note_code_confirmed(
    connection: sqlite3.Connection, storage_id: str, repository_id: str, by: str, now: datetime
) -> None:
    """Somebody proved to have the recovery code; what it was asked by is wiped."""
    connection.execute(
        "INSERT INTO storage_keys (storage_id, repository_id, asked_groups, confirmed_us,"
        " confirmed_by) VALUES (?, ?, X'', ?, ?) ON CONFLICT (storage_id) DO UPDATE SET"
        " repository_id = excluded.repository_id, asked_groups = X'',"
        " confirmed_us = excluded.confirmed_us, confirmed_by = excluded.confirmed_by",
        (storage_id, repository_id, to_micros(now), by),
    )


# -- self-backups --------------------------------------------------------------------------


def self_backups(connection: sqlite3.Connection) -> dict[str, SelfBackupRow]:
    """The newest self-backup of each storage that one was tried for."""
    rows = connection.execute(
        "SELECT storage_id, point_id, made_us, size_bytes, audit_seq, trouble, tried_us"
        " FROM self_backup"
    )
    return {
        row[0]: SelfBackupRow(
            row[0],
            row[1],
            from_micros_or_none(row[2]),
            row[3],
            row[4],
            row[5],
            from_micros(row[6]),
        )
        for row in rows
    }


def note_self_backup(
    connection: sqlite3.Connection,
    storage_id: str,
    point_id: str,
    size_bytes: int,
    audit_seq: int,
    now: datetime,
) -> None:
    """A self-backup was written into a storage."""
    connection.execute(
        "INSERT OR REPLACE INTO self_backup VALUES (?, ?, ?, ?, ?, '', ?)",
        (storage_id, point_id, to_micros(now), size_bytes, audit_seq, to_micros(now)),
    )


def note_self_backup_failed(
    connection: sqlite3.Connection, storage_id: str, trouble: str, now: datetime
) -> None:
    """A self-backup could not be written into a storage; the one before stays the newest."""
    connection.execute(
        "INSERT INTO self_backup VALUES (?, '', NULL, 0, 0, ?, ?) ON CONFLICT (storage_id)"
        " DO UPDATE SET trouble = excluded.trouble, tried_us = excluded.tried_us",
        (storage_id, trouble, to_micros(now)),
    )
