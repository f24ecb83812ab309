"""Sessions, API tokens and lock-outs, in `dropally.db`.

Functions take an open connection: whoever calls decides what belongs to one transaction.
Tokens are kept as SHA-256 hashes only: who reads this file can use none of them.
"""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("sessions")

_CREATE = (
    """
    CREATE TABLE session (
      id TEXT PRIMARY KEY,                -- for lists and for revoking; opens nothing
      token_hash BLOB NOT NULL UNIQUE,
      console_user TEXT NOT NULL REFERENCES console_user (id) ON DELETE CASCADE,
      created_us INTEGER NOT NULL,
      seen_us INTEGER NOT NULL,
      proved_us INTEGER NOT NULL,         -- when the password (and code) was last entered
      expires_us INTEGER NOT NULL,        -- whatever happens
      method TEXT NOT NULL,
      address TEXT NOT NULL,
      user_agent TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX session_of ON session (console_user)",
    """
    CREATE TABLE api_token (
      id TEXT PRIMARY KEY,
      token_hash BLOB NOT NULL UNIQUE,
      console_user TEXT NOT NULL REFERENCES console_user (id) ON DELETE CASCADE,
      name TEXT NOT NULL,
      verbs TEXT NOT NULL,                -- JSON; null: all that the owner's role has
      reach TEXT NOT NULL,                -- JSON
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL,
      used_us INTEGER,
      used_address TEXT NOT NULL DEFAULT '',
      revoked_us INTEGER
    ) STRICT
    """,
    "CREATE INDEX api_token_of ON api_token (console_user)",
    """
    CREATE TABLE lockout (
      key TEXT PRIMARY KEY,               -- hash of an account's address, or a network address
      failures TEXT NOT NULL,             -- JSON: times in microseconds, newest last
      strikes INTEGER NOT NULL,           -- how often it was locked lately
      until_us INTEGER NOT NULL,
      changed_us INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX lockout_changed ON lockout (changed_us)",
)


@MIGRATIONS()
def create_sessions(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@dataclass(frozen=True)
class SessionRow:
    """A session as stored."""

    id: str
    user_id: str
    created: datetime
    seen: datetime
    proved: datetime
    expires: datetime
    method: str
    address: str
    user_agent: str


@dataclass(frozen=True)
class TokenRow:
    """An API token as stored. `verbs` and `reach` are JSON."""

    id: str
    user_id: str
    name: str
    verbs: str
    reach: str
    created: datetime
    expires: datetime
    used: datetime | None
    used_address: str
    revoked: datetime | None


@dataclass(frozen=True)
class LockoutRow:
    """What is remembered of failed tries under one key. `failures` is JSON."""

    failures: str
    strikes: int
    until_us: int
    changed_us: int


_SESSION = (
    "SELECT id, console_user, created_us, seen_us, proved_us, expires_us, method, address,"
    " user_agent FROM session"
)
_SESSION_BY_HASH = _SESSION + " WHERE token_hash = ?"
_SESSIONS_OF = _SESSION + " WHERE console_user = ? ORDER BY seen_us DESC, id"
_TOKEN = (
    "SELECT id, console_user, name, verbs, reach, created_us, expires_us, used_us, used_address,"  # noqa: S105  a column's name
    " revoked_us FROM api_token"
)
_TOKEN_BY_HASH = _TOKEN + " WHERE token_hash = ?"
_TOKEN_BY_ID = _TOKEN + " WHERE id = ?"
_TOKENS_OF = _TOKEN + " WHERE console_user = ? ORDER BY created_us, rowid"
_TOKENS = _TOKEN + " ORDER BY created_us, rowid"


def _as_session(row: Any) -> SessionRow:
    created, seen, proved, expires = (from_micros(value) for value in row[2:6])
    return SessionRow(row[0], row[1], created, seen, proved, expires, *row[6:])


def _as_token(row: Any) -> TokenRow:
    values: list[Any] = [
        *row[:5],
        from_micros(row[5]),
        from_micros(row[6]),
        from_micros_or_none(row[7]),
        row[8],
        from_micros_or_none(row[9]),
    ]
    return TokenRow(*values)


# -- sessions ------------------------------------------------------------------------------


def insert_session(connection: sqlite3.Connection, row: SessionRow, token_hash: bytes) -> None:
    """A new session."""
    connection.execute(
        "INSERT INTO session (id, token_hash, console_user, created_us, seen_us, proved_us,"
        " expires_us, method, address, user_agent) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            token_hash,
            row.user_id,
            to_micros(row.created),
            to_micros(row.seen),
            to_micros(row.proved),
            to_micros(row.expires),
            row.method,
            row.address,
            row.user_agent,
        ),
    )


def session_by_hash(connection: sqlite3.Connection, token_hash: bytes) -> SessionRow | None:
    """The session with this token."""
    row = connection.execute(_SESSION_BY_HASH, (token_hash,)).fetchone()
    return _as_session(row) if row else None


def sessions_of(connection: sqlite3.Connection, user_id: str) -> list[SessionRow]:
    """Every session of a person, the one used last first."""
    return [_as_session(row) for row in connection.execute(_SESSIONS_OF, (user_id,))]


def touch_session(connection: sqlite3.Connection, session_id: str, when: datetime) -> None:
    """The session was used."""
    connection.execute(
        "UPDATE session SET seen_us = ? WHERE id = ? AND seen_us < ?",
        (to_micros(when), session_id, to_micros(when)),
    )


def rotate_session(
    connection: sqlite3.Connection,
    session_id: str,
    token_hash: bytes,
    *,
    seen: datetime,
    proved: datetime,
) -> None:
    """Give a session another token; the old one is worth nothing from now on."""
    connection.execute(
        "UPDATE session SET token_hash = ?, seen_us = ?, proved_us = ? WHERE id = ?",
        (token_hash, to_micros(seen), to_micros(proved), session_id),
    )


def delete_session(connection: sqlite3.Connection, user_id: str, session_id: str) -> bool:
    """End one session of a person; False if they have no such session."""
    changed = connection.execute(
        "DELETE FROM session WHERE id = ? AND console_user = ?", (session_id, user_id)
    ).rowcount
    return changed == 1


def delete_sessions(connection: sqlite3.Connection, user_id: str, *, keep: str = "") -> int:
    """End all sessions of a person, save the one named; how many there were."""
    return connection.execute(
        "DELETE FROM session WHERE console_user = ? AND id <> ?", (user_id, keep)
    ).rowcount


def delete_every_session(connection: sqlite3.Connection) -> None:
    """Sign everybody out."""
    connection.execute("DELETE FROM session")


def delete_ended_sessions(
    connection: sqlite3.Connection, *, now: datetime, unseen_since: datetime
) -> int:
    """Forget sessions whose time is over; how many."""
    return connection.execute(
        "DELETE FROM session WHERE expires_us <= ? OR seen_us <= ?",
        (to_micros(now), to_micros(unseen_since)),
    ).rowcount


# -- API tokens ----------------------------------------------------------------------------


def insert_token(connection: sqlite3.Connection, row: TokenRow, token_hash: bytes) -> None:
    """A new API token."""
    connection.execute(
        "INSERT INTO api_token (id, token_hash, console_user, name, verbs, reach, created_us,"
        " expires_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row.id,
            token_hash,
            row.user_id,
            row.name,
            row.verbs,
            row.reach,
            to_micros(row.created),
            to_micros(row.expires),
        ),
    )


def token_by_hash(connection: sqlite3.Connection, token_hash: bytes) -> TokenRow | None:
    """The API token with this secret."""
    row = connection.execute(_TOKEN_BY_HASH, (token_hash,)).fetchone()
    return _as_token(row) if row else None


def token_by_id(connection: sqlite3.Connection, token_id: str) -> TokenRow | None:
    """The API token with this id."""
    row = connection.execute(_TOKEN_BY_ID, (token_id,)).fetchone()
    return _as_token(row) if row else None


def tokens_of(connection: sqlite3.Connection, user_id: str) -> list[TokenRow]:
    """A person's API tokens, the oldest first; revoked ones too."""
    return [_as_token(row) for row in connection.execute(_TOKENS_OF, (user_id,))]


def all_tokens(connection: sqlite3.Connection) -> list[TokenRow]:
    """Everybody's API tokens, the oldest first; revoked ones too."""
    return [_as_token(row) for row in connection.execute(_TOKENS)]


def touch_token(
    connection: sqlite3.Connection, token_id: str, address: str, when: datetime
) -> None:
    """The token was used, from there."""
    connection.execute(
        "UPDATE api_token SET used_us = ?, used_address = ? WHERE id = ?",
        (to_micros(when), address, token_id),
    )


def revoke_token(connection: sqlite3.Connection, token_id: str, when: datetime) -> bool:
    """End a token; False if it is unknown or was ended before."""
    changed = connection.execute(
        "UPDATE api_token SET revoked_us = ? WHERE id = ? AND revoked_us IS NULL",
        (to_micros(when), token_id),
    ).rowcount
    return changed == 1


def revoke_tokens(connection: sqlite3.Connection, user_id: str, when: datetime) -> int:
    """End all of a person's tokens; how many there were."""
    return connection.execute(
        "UPDATE api_token SET revoked_us = ? WHERE console_user = ? AND revoked_us IS NULL",
        (to_micros(when), user_id),
    ).rowcount


# -- lock-outs -----------------------------------------------------------------------------


def lockout(connection: sqlite3.Connection, key: str) -> LockoutRow | None:
    """What is remembered under a key."""
    row = connection.execute(
        "SELECT failures, strikes, until_us, changed_us FROM lockout WHERE key = ?", (key,)
    ).fetchone()
    return LockoutRow(*row) if row else None


def put_lockout(connection: sqlite3.Connection, key: str, row: LockoutRow) -> None:
    """Remember this under a key."""
    connection.execute(
        "INSERT INTO lockout (key, failures, strikes, until_us, changed_us)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET failures = excluded.failures,"
        " strikes = excluded.strikes, until_us = excluded.until_us,"
        " changed_us = excluded.changed_us",
        (key, row.failures, row.strikes, row.until_us, row.changed_us),
    )


def delete_lockout(connection: sqlite3.Connection, key: str) -> bool:
    """Forget a key; False if nothing was remembered."""
    return connection.execute("DELETE FROM lockout WHERE key = ?", (key,)).rowcount == 1


def delete_lockouts_before(connection: sqlite3.Connection, when: datetime) -> None:
    """Forget every key that nothing happened to since then."""
    connection.execute("DELETE FROM lockout WHERE changed_us < ?", (to_micros(when),))
