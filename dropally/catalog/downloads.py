"""Downloads that were prepared for somebody, and until when they can be fetched, in `dropally.db`."""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, to_micros

MIGRATIONS = Migrations("downloads")

DownloadState = Literal["ready", "expired", "deleted"]

_CREATE = (
    """
    CREATE TABLE download (
      id TEXT PRIMARY KEY,
      job TEXT NOT NULL UNIQUE,
      owner TEXT NOT NULL,               -- who asked for it
      title TEXT NOT NULL,
      places TEXT NOT NULL,              -- JSON: the entities in it, as task and entity ids
      state TEXT NOT NULL CHECK (state IN ('ready', 'expired', 'deleted')),
      parts TEXT NOT NULL,               -- JSON: name, size and SHA-256 of each file
      problems INTEGER NOT NULL,         -- items that are not in it; its report says which
      token_hash BLOB UNIQUE,            -- of the link; NULL: no link was made, or it ended
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX download_owner ON download (owner, created_us)",
    "CREATE INDEX download_created ON download (created_us)",
    "CREATE INDEX download_ready ON download (expires_us) WHERE state = 'ready'",
)


@MIGRATIONS()
def create_downloads(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


class DownloadPart(msgspec.Struct, frozen=True):
    """One file of a download."""

    name: str
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class DownloadRow:
    """A prepared download. `places` are (task id, entity id)."""

    id: str
    job: str
    owner: str
    title: str
    places: tuple[tuple[str, str], ...]
    state: DownloadState
    parts: tuple[DownloadPart, ...]
    problems: int
    token_hash: bytes | None = field(repr=False)
    created: datetime
    expires: datetime


_SELECT = (
    "SELECT id, job, owner, title, places, state, parts, problems, token_hash, created_us,"
    " expires_us FROM download"
)
_OLDEST_FIRST = _SELECT + " WHERE state = 'ready' AND expires_us <= ? ORDER BY expires_us LIMIT ?"
_OWN = _SELECT + " WHERE owner = ? AND created_us < ? ORDER BY created_us DESC LIMIT ?"
_ALL = _SELECT + " WHERE created_us < ? ORDER BY created_us DESC LIMIT ?"


def insert_download(connection: sqlite3.Connection, row: DownloadRow) -> None:
    """Put a download in."""
    connection.execute(
        "INSERT INTO download (id, job, owner, title, places, state, parts, problems, token_hash,"
        " created_us, expires_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            row.job,
            row.owner,
            row.title,
            msgspec.json.encode(row.places).decode(),
            row.state,
            msgspec.json.encode(row.parts).decode(),
            row.problems,
            row.token_hash,
            to_micros(row.created),
            to_micros(row.expires),
        ),
    )


def download_by_id(connection: sqlite3.Connection, download_id: str) -> DownloadRow | None:
    """One download."""
    return _one(connection.execute(_SELECT + " WHERE id = ?", (download_id,)).fetchone())


def download_of_job(connection: sqlite3.Connection, job_id: str) -> DownloadRow | None:
    """What a job has prepared."""
    return _one(connection.execute(_SELECT + " WHERE job = ?", (job_id,)).fetchone())


def download_by_hash(connection: sqlite3.Connection, token_hash: bytes) -> DownloadRow | None:
    """The download that a link opens."""
    return _one(connection.execute(_SELECT + " WHERE token_hash = ?", (token_hash,)).fetchone())


def list_downloads(
    connection: sqlite3.Connection, owner: str | None, before: datetime, limit: int
) -> list[DownloadRow]:
    """Downloads older than a moment, newest first; of one owner, or of everybody (None)."""
    if owner is None:
        rows = connection.execute(_ALL, (to_micros(before), limit))
    else:
        rows = connection.execute(_OWN, (owner, to_micros(before), limit))
    return [_as_row(row) for row in rows]


def overdue(connection: sqlite3.Connection, now: datetime, limit: int = 100) -> list[DownloadRow]:
    """Downloads that still lie there though their time is over."""
    return [_as_row(row) for row in connection.execute(_OLDEST_FIRST, (to_micros(now), limit))]


def all_ready(connection: sqlite3.Connection) -> list[DownloadRow]:
    """Every download that lies there."""
    return [_as_row(row) for row in connection.execute(f"{_SELECT} WHERE state = 'ready'")]


def ready_bytes(connection: sqlite3.Connection) -> int:
    """How much the downloads that lie there take."""
    rows = connection.execute("SELECT parts FROM download WHERE state = 'ready'")
    return sum(part.size_bytes for row in rows for part in _parts(row[0]))


def set_link(connection: sqlite3.Connection, download_id: str, token_hash: bytes) -> None:
    """Make a link the only one that opens a download."""
    connection.execute("UPDATE download SET token_hash = ? WHERE id = ?", (token_hash, download_id))


def close_download(
    connection: sqlite3.Connection, download_id: str, state: Literal["expired", "deleted"]
) -> None:
    """It can be fetched no more. The link is kept, so that it can say that it is over."""
    connection.execute("UPDATE download SET state = ? WHERE id = ?", (state, download_id))


def _one(row: Any) -> DownloadRow | None:
    return _as_row(row) if row else None


def _as_row(row: Any) -> DownloadRow:
    download_id, job, owner, title, places, state, parts, problems, token, created, expires = row
    return DownloadRow(
        download_id,
        job,
        owner,
        title,
        msgspec.json.decode(places, type=tuple[tuple[str, str], ...]),
        state,
        _parts(parts),
        problems,
        token,
        from_micros(created),
        from_micros(expires),
    )


def _parts(text: str) -> tuple[DownloadPart, ...]:
    return msgspec.json.decode(text, type=tuple[DownloadPart, ...])
