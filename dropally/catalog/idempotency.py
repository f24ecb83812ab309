"""Answers to requests that must not be done twice, in `dropally.db`.

A key is taken before the work and its answer is stored after it. What was taken by a process that
has ended since, and never answered, may have been done or not.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import to_micros

MIGRATIONS = Migrations("idempotency")
KEPT_FOR = timedelta(hours=24)

_CREATE = (
    """
    CREATE TABLE idempotency (
      key_hash BLOB PRIMARY KEY,          -- of actor, method, path and key
      body_hash BLOB NOT NULL,
      taken_us INTEGER NOT NULL,
      status INTEGER,                     -- NULL: not answered (yet)
      headers TEXT NOT NULL DEFAULT '',
      body BLOB NOT NULL DEFAULT x''
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX idempotency_taken ON idempotency (taken_us)",
)


@MIGRATIONS()
def create_idempotency(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class StoredAnswer:
    """What was answered; `status` None while it was not."""

    body_hash: bytes
    status: int | None
    headers: str
    body: bytes = field(repr=False)


def take_key(
    connection: sqlite3.Connection, key_hash: bytes, body_hash: bytes, now: datetime
) -> StoredAnswer | None:
    """Take the key; None if it was free, else what is stored under it. Forgets those over time."""
    connection.execute("DELETE FROM idempotency WHERE taken_us <= ?", (to_micros(now - KEPT_FOR),))
    row = connection.execute(
        "SELECT body_hash, status, headers, body FROM idempotency WHERE key_hash = ?", (key_hash,)
    ).fetchone()
    if row is not None:
        return StoredAnswer(*row)
    connection.execute(
        "INSERT INTO idempotency (key_hash, body_hash, taken_us) VALUES (?, ?, ?)",
        (key_hash, body_hash, to_micros(now)),
    )
    return None


def store_answer(
    connection: sqlite3.Connection, key_hash: bytes, status: int, headers: str, body: bytes
) -> None:
    """Keep the answer under a taken key."""
    connection.execute(
        "UPDATE idempotency SET status = ?, headers = ?, body = ? WHERE key_hash = ?",
        (status, headers, body, key_hash),
    )


def free_key(connection: sqlite3.Connection, key_hash: bytes) -> None:
    """Nothing was done: the key may be used again."""
    connection.execute("DELETE FROM idempotency WHERE key_hash = ?", (key_hash,))
