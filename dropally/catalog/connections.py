"""Connected Dropbox teams, links that were begun, and the month's uploads, in `dropally.db`.

A team has one connection, however many tasks protect it. Tokens are sealed by the caller.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("connections")

_CREATE = (
    """
    CREATE TABLE connection (
      id TEXT PRIMARY KEY,
      team_id TEXT NOT NULL UNIQUE,
      team_name TEXT NOT NULL,
      profile TEXT NOT NULL DEFAULT '{}',   -- JSON: layout, licensed users, limits, admin
      scopes TEXT NOT NULL DEFAULT '[]',    -- JSON
      credentials BLOB,                     -- sealed; NULL once somebody disconnected the team
      state TEXT NOT NULL CHECK (state IN ('connected', 'disconnected')),
      cause TEXT NOT NULL DEFAULT '',       -- why it is disconnected, as a code
      detail TEXT NOT NULL DEFAULT '',      -- and in words
      since_us INTEGER NOT NULL,            -- when the state became what it is
      created_us INTEGER NOT NULL,
      checked_us INTEGER,                   -- when Dropbox last let us in
      trouble TEXT NOT NULL DEFAULT '',     -- why the last probe got no answer
      discovered_us INTEGER,                -- the last look at the whole team
      discovery_error TEXT NOT NULL DEFAULT ''
    ) STRICT
    """,
    """
    CREATE TABLE pending_link (
      id TEXT PRIMARY KEY,
      connection TEXT NOT NULL DEFAULT '',  -- the one to connect again; '' for a new team
      purpose TEXT NOT NULL CHECK (purpose IN ('backup', 'restore')),
      content BLOB NOT NULL,                -- sealed: the PKCE verifier and the state
      state_hash BLOB NOT NULL,             -- finds the row when the browser comes back
      created_by TEXT NOT NULL,
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX pending_link_state ON pending_link (state_hash)",
    "CREATE INDEX pending_link_ends ON pending_link (expires_us)",
    """
    CREATE TABLE upload_meter (
      team_id TEXT NOT NULL,
      month TEXT NOT NULL,                  -- as in 2026-11, UTC
      calls INTEGER NOT NULL,
      PRIMARY KEY (team_id, month)
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def create_connections(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class ConnectionRow:
    """A connection as stored. `profile` and `scopes` are JSON."""

    id: str
    team_id: str
    team_name: str
    profile: str
    scopes: str
    credentials: bytes | None = field(repr=False)
    state: str
    cause: str
    detail: str
    trouble: str
    since: datetime
    created: datetime
    checked: datetime | None
    discovered: datetime | None
    discovery_error: str


class ConnectionChange(TypedDict, total=False):
    """Columns of a connection that may change. Times in microseconds."""

    team_name: str
    profile: str
    scopes: str
    credentials: bytes | None
    state: str
    cause: str
    detail: str
    trouble: str
    since_us: int
    checked_us: int | None
    discovered_us: int | None
    discovery_error: str


@dataclass(frozen=True)
class PendingLinkRow:
    """A link that was begun and waits for an answer."""

    id: str
    connection_id: str
    purpose: str
    content: bytes = field(repr=False)
    created_by: str
    expires: datetime


_COLUMNS = (
    "id, team_id, team_name, profile, scopes, credentials, state, cause, detail, trouble, since_us,"
    " created_us, checked_us, discovered_us, discovery_error"
)
_SELECT = f"SELECT {_COLUMNS} FROM connection"  # noqa: S608  constants


def _as_connection(row: Any) -> ConnectionRow:
    values: list[Any] = [
        *row[:10],
        from_micros(row[10]),
        from_micros(row[11]),
        from_micros_or_none(row[12]),
        from_micros_or_none(row[13]),
        row[14],
    ]
    return ConnectionRow(*values)


def all_connections(connection: sqlite3.Connection) -> list[ConnectionRow]:
    """Every connection, by the team's name. An appliance has a handful."""
    rows = connection.execute(f"{_SELECT} ORDER BY team_name, id")
    return [_as_connection(row) for row in rows]


def connection_by_id(connection: sqlite3.Connection, connection_id: str) -> ConnectionRow | None:
    """The connection with this id."""
    row = connection.execute(f"{_SELECT} WHERE id = ?", (connection_id,)).fetchone()
    return _as_connection(row) if row else None


def connection_of_team(connection: sqlite3.Connection, team_id: str) -> ConnectionRow | None:
    """The connection of a team."""
    row = connection.execute(f"{_SELECT} WHERE team_id = ?", (team_id,)).fetchone()
    return _as_connection(row) if row else None


def insert_connection(
    connection: sqlite3.Connection,
    connection_id: str,
    *,
    team_id: str,
    team_name: str,
    created: datetime,
) -> None:
    """A new connection, without credentials yet."""
    connection.execute(
        "INSERT INTO connection (id, team_id, team_name, state, since_us, created_us)"
        " VALUES (?, ?, ?, 'disconnected', ?, ?)",
        (connection_id, team_id, team_name, to_micros(created), to_micros(created)),
    )


def update_connection(
    connection: sqlite3.Connection, connection_id: str, change: ConnectionChange
) -> None:
    """Set the given columns."""
    columns = ", ".join(f"{column} = ?" for column in change)
    connection.execute(
        f"UPDATE connection SET {columns} WHERE id = ?",  # noqa: S608  names of ConnectionChange only
        (*change.values(), connection_id),
    )


def delete_connection(connection: sqlite3.Connection, connection_id: str) -> None:
    """Forget a connection. Raises sqlite3.IntegrityError while a task needs it."""
    connection.execute("DELETE FROM connection WHERE id = ?", (connection_id,))


# -- links that were begun -----------------------------------------------------------------


def insert_pending_link(
    connection: sqlite3.Connection,
    row: PendingLinkRow,
    *,
    state_hash: bytes,
    created: datetime,
) -> None:
    """Keep what the answer of a begun link will be held against."""
    connection.execute(
        "INSERT INTO pending_link"
        " (id, connection, purpose, content, state_hash, created_by, created_us, expires_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            row.connection_id,
            row.purpose,
            row.content,
            state_hash,
            row.created_by,
            to_micros(created),
            to_micros(row.expires),
        ),
    )


_PENDING = "SELECT id, connection, purpose, content, created_by, expires_us FROM pending_link"


def _as_pending(row: Any) -> PendingLinkRow:
    values: list[Any] = [*row[:5], from_micros(row[5])]
    return PendingLinkRow(*values)


def pending_link(connection: sqlite3.Connection, link_id: str) -> PendingLinkRow | None:
    """The begun link with this id."""
    row = connection.execute(f"{_PENDING} WHERE id = ?", (link_id,)).fetchone()
    return _as_pending(row) if row else None


def pending_link_by_state(
    connection: sqlite3.Connection, state_hash: bytes
) -> PendingLinkRow | None:
    """The begun link whose state a browser brought back."""
    row = connection.execute(f"{_PENDING} WHERE state_hash = ?", (state_hash,)).fetchone()
    return _as_pending(row) if row else None


def delete_pending_link(connection: sqlite3.Connection, link_id: str) -> bool:
    """Spend a begun link; False if somebody else did so before."""
    done = connection.execute("DELETE FROM pending_link WHERE id = ?", (link_id,))
    return done.rowcount == 1


def delete_expired_links(connection: sqlite3.Connection, now: datetime) -> int:
    """Forget links that nobody finished; how many."""
    return connection.execute(
        "DELETE FROM pending_link WHERE expires_us <= ?", (to_micros(now),)
    ).rowcount


# -- uploads of the month ------------------------------------------------------------------


def uploads_in(connection: sqlite3.Connection, team_id: str, month: str) -> int:
    """How many upload calls Dropally made for a team in a month ("2026-11")."""
    row = connection.execute(
        "SELECT calls FROM upload_meter WHERE team_id = ? AND month = ?", (team_id, month)
    ).fetchone()
    return int(row[0]) if row else 0


def count_uploads(connection: sqlite3.Connection, team_id: str, month: str, calls: int) -> None:
    """Add upload calls to a month's count."""
    connection.execute(
        "INSERT INTO upload_meter (team_id, month, calls) VALUES (?, ?, ?)"
        " ON CONFLICT (team_id, month) DO UPDATE SET calls = calls + excluded.calls",
        (team_id, month, calls),
    )
