"""Console users, their recovery codes and the links mailed to them, in `dropally.db`.

Functions take an open connection: whoever calls decides what belongs to one transaction.
Secrets are kept as hashes; the seeds of one-time codes, which must be had again, are sealed with
a key that is not in this file.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypedDict

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("people")

_CREATE = (
    """
    CREATE TABLE organisation (
      only INTEGER PRIMARY KEY CHECK (only = 1),
      name TEXT NOT NULL,
      time_zone TEXT NOT NULL,
      owner TEXT NOT NULL REFERENCES console_user (id),
      created_us INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE console_user (
      id TEXT PRIMARY KEY,
      email TEXT NOT NULL,                  -- as it was written
      email_key TEXT NOT NULL UNIQUE,       -- as it is compared
      name TEXT NOT NULL,
      state TEXT NOT NULL CHECK (state IN ('invited', 'active', 'deactivated')),
      role TEXT NOT NULL,
      reach TEXT NOT NULL,                  -- JSON: which tasks and entities the role covers
      granted TEXT NOT NULL DEFAULT '[]',   -- JSON: verbs beyond the role
      denied TEXT NOT NULL DEFAULT '[]',    -- JSON: verbs taken from the role
      password_hash TEXT,                   -- NULL: no sign-in by password
      password_changed_us INTEGER,
      must_change_password INTEGER NOT NULL DEFAULT 0,
      totp_seed BLOB,                       -- sealed; NULL: no second factor
      totp_since_us INTEGER,
      totp_pending BLOB,                    -- sealed; shown, but no code was entered yet
      totp_step INTEGER NOT NULL DEFAULT 0, -- the last time step of which a code was taken
      refused_hint INTEGER NOT NULL DEFAULT 0,
      created_us INTEGER NOT NULL,
      last_sign_in_us INTEGER
    ) STRICT
    """,
    """
    CREATE TABLE recovery_code (
      code_hash BLOB PRIMARY KEY,
      console_user TEXT NOT NULL REFERENCES console_user (id) ON DELETE CASCADE,
      used_us INTEGER
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX recovery_code_of ON recovery_code (console_user)",
    """
    CREATE TABLE mailed_link (
      token_hash BLOB PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('invitation', 'password_reset', 'email_change')),
      console_user TEXT NOT NULL REFERENCES console_user (id) ON DELETE CASCADE,
      new_email TEXT NOT NULL DEFAULT '',   -- email_change: what it will be
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL,
      spent_us INTEGER                      -- used, or replaced by a newer one
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX mailed_link_of ON mailed_link (console_user, kind)",
    """
    CREATE TABLE security_setting (
      key TEXT PRIMARY KEY,
      value TEXT NOT NULL                   -- JSON
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def create_people(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@MIGRATIONS()
def add_preferences(database: Database) -> None:
    """What people chose for themselves: the console's language ('' as the browser says)."""
    database.execute("ALTER TABLE console_user ADD COLUMN language TEXT NOT NULL DEFAULT ''")
    database.execute(
        "ALTER TABLE console_user ADD COLUMN refused_checklist INTEGER NOT NULL DEFAULT 0"
    )


@dataclass(frozen=True)
class UserRow:
    """A console user as stored. `reach`, `granted` and `denied` are JSON."""

    id: str
    email: str
    name: str
    state: str
    role: str
    reach: str
    granted: str
    denied: str
    password_hash: str | None = field(repr=False)
    password_changed: datetime | None
    must_change_password: bool
    totp_seed: bytes | None = field(repr=False)
    totp_since: datetime | None
    totp_pending: bytes | None = field(repr=False)
    totp_step: int
    refused_hint: bool
    created: datetime
    last_sign_in: datetime | None
    language: str
    refused_checklist: bool


class UserChange(TypedDict, total=False):
    """Columns of a console user that may change. Times in microseconds."""

    email: str
    email_key: str
    name: str
    state: str
    role: str
    reach: str
    granted: str
    denied: str
    password_hash: str | None
    password_changed_us: int | None
    must_change_password: int
    totp_seed: bytes | None
    totp_since_us: int | None
    totp_pending: bytes | None
    totp_step: int
    refused_hint: int
    last_sign_in_us: int
    language: str
    refused_checklist: int


@dataclass(frozen=True)
class LinkRow:
    """A link mailed to a console user, as stored."""

    kind: str
    user_id: str
    new_email: str
    created: datetime
    expires: datetime
    is_spent: bool


@dataclass(frozen=True)
class OrganisationRow:
    """Whose appliance this is."""

    name: str
    time_zone: str
    owner_id: str


_USER = (
    "SELECT id, email, name, state, role, reach, granted, denied, password_hash,"
    " password_changed_us, must_change_password, totp_seed, totp_since_us, totp_pending,"
    " totp_step, refused_hint, created_us, last_sign_in_us, language, refused_checklist"
    " FROM console_user"
)
_USER_BY_ID = _USER + " WHERE id = ?"
_USER_BY_EMAIL = _USER + " WHERE email_key = ?"
_USERS_IN_ORDER = _USER + " ORDER BY created_us, rowid"


def _as_user(row: Any) -> UserRow:
    values: list[Any] = [
        *row[:9],
        from_micros_or_none(row[9]),
        bool(row[10]),
        row[11],
        from_micros_or_none(row[12]),
        row[13],
        row[14],
        bool(row[15]),
        from_micros(row[16]),
        from_micros_or_none(row[17]),
        row[18],
        bool(row[19]),
    ]
    return UserRow(*values)


def user_by_id(connection: sqlite3.Connection, user_id: str) -> UserRow | None:
    """The console user with this id."""
    row = connection.execute(_USER_BY_ID, (user_id,)).fetchone()
    return _as_user(row) if row else None


def user_by_email(connection: sqlite3.Connection, email_key: str) -> UserRow | None:
    """The console user with this address, given in the form in which addresses are compared."""
    row = connection.execute(_USER_BY_EMAIL, (email_key,)).fetchone()
    return _as_user(row) if row else None


def all_users(connection: sqlite3.Connection) -> list[UserRow]:
    """Every console user, the oldest first."""
    return [_as_user(row) for row in connection.execute(_USERS_IN_ORDER)]


def has_users(connection: sqlite3.Connection) -> bool:
    """False on a new appliance only."""
    return connection.execute("SELECT 1 FROM console_user LIMIT 1").fetchone() is not None


def count_active(connection: sqlite3.Connection, role: str) -> int:
    """How many console users with this role can sign in."""
    row = connection.execute(
        "SELECT count(*) FROM console_user WHERE role = ? AND state = 'active'", (role,)
    ).fetchone()
    return int(row[0])


def insert_user(
    connection: sqlite3.Connection,
    user_id: str,
    *,
    email: str,
    email_key: str,
    name: str,
    state: str,
    role: str,
    reach: str,
    created: datetime,
) -> None:
    """A new console user without a password. Raises sqlite3.IntegrityError for a known address."""
    connection.execute(
        "INSERT INTO console_user (id, email, email_key, name, state, role, reach, created_us)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (user_id, email, email_key, name, state, role, reach, to_micros(created)),
    )


def update_user(connection: sqlite3.Connection, user_id: str, change: UserChange) -> None:
    """Set the given columns."""
    columns = ", ".join(f"{column} = ?" for column in change)
    connection.execute(
        f"UPDATE console_user SET {columns} WHERE id = ?",  # noqa: S608  names of UserChange only
        (*change.values(), user_id),
    )


def delete_user(connection: sqlite3.Connection, user_id: str) -> None:
    """Remove a console user with everything that belongs to them."""
    connection.execute("DELETE FROM console_user WHERE id = ?", (user_id,))


# -- recovery codes ------------------------------------------------------------------------


def replace_recovery_codes(
    connection: sqlite3.Connection, user_id: str, code_hashes: list[bytes]
) -> None:
    """Forget the old codes and store new ones; an empty list only forgets."""
    connection.execute("DELETE FROM recovery_code WHERE console_user = ?", (user_id,))
    connection.executemany(
        "INSERT INTO recovery_code (code_hash, console_user) VALUES (?, ?)",
        [(code_hash, user_id) for code_hash in code_hashes],
    )


def spend_recovery_code(
    connection: sqlite3.Connection, user_id: str, code_hash: bytes, when: datetime
) -> bool:
    """Mark a code as used; False if it is not one of theirs, or was used before."""
    changed = connection.execute(
        "UPDATE recovery_code SET used_us = ?"
        " WHERE code_hash = ? AND console_user = ? AND used_us IS NULL",
        (to_micros(when), code_hash, user_id),
    ).rowcount
    return changed == 1


def count_recovery_codes(connection: sqlite3.Connection, user_id: str) -> int:
    """How many codes are left."""
    row = connection.execute(
        "SELECT count(*) FROM recovery_code WHERE console_user = ? AND used_us IS NULL", (user_id,)
    ).fetchone()
    return int(row[0])


# -- mailed links --------------------------------------------------------------------------


def insert_link(
    connection: sqlite3.Connection,
    token_hash: bytes,
    *,
    kind: str,
    user_id: str,
    created: datetime,
    expires: datetime,
    new_email: str = "",
) -> None:
    """Store a new link; those of the same kind sent to the same person before are spent."""
    spend_links(connection, user_id, kind, created)
    connection.execute(
        "INSERT INTO mailed_link (token_hash, kind, console_user, new_email, created_us, expires_us)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (token_hash, kind, user_id, new_email, to_micros(created), to_micros(expires)),
    )


def spend_links(connection: sqlite3.Connection, user_id: str, kind: str, when: datetime) -> None:
    """Make every open link of a kind useless."""
    connection.execute(
        "UPDATE mailed_link SET spent_us = ?"
        " WHERE console_user = ? AND kind = ? AND spent_us IS NULL",
        (to_micros(when), user_id, kind),
    )


def link_by_hash(connection: sqlite3.Connection, token_hash: bytes) -> LinkRow | None:
    """The link with this token."""
    row = connection.execute(
        "SELECT kind, console_user, new_email, created_us, expires_us, spent_us FROM mailed_link"
        " WHERE token_hash = ?",
        (token_hash,),
    ).fetchone()
    if row is None:
        return None
    return LinkRow(
        row[0], row[1], row[2], from_micros(row[3]), from_micros(row[4]), row[5] is not None
    )


def delete_links_before(connection: sqlite3.Connection, when: datetime) -> None:
    """Forget links that ended before then; until that, a late click is told what happened."""
    connection.execute("DELETE FROM mailed_link WHERE expires_us < ?", (to_micros(when),))


# -- the organisation and its settings -----------------------------------------------------


def organisation(connection: sqlite3.Connection) -> OrganisationRow | None:
    """Whose appliance this is; None before the first-run setup."""
    row = connection.execute("SELECT name, time_zone, owner FROM organisation").fetchone()
    return OrganisationRow(*row) if row else None


def insert_organisation(
    connection: sqlite3.Connection, found: OrganisationRow, created: datetime
) -> None:
    """Store it, once."""
    connection.execute(
        "INSERT INTO organisation (only, name, time_zone, owner, created_us) VALUES (1, ?, ?, ?, ?)",
        (found.name, found.time_zone, found.owner_id, to_micros(created)),
    )


def update_organisation(connection: sqlite3.Connection, *, name: str, owner_id: str) -> None:
    """Give it another name or owner."""
    connection.execute("UPDATE organisation SET name = ?, owner = ?", (name, owner_id))


def security_settings(connection: sqlite3.Connection) -> dict[str, str]:
    """Key -> JSON of the settings that were changed in the console."""
    return dict(connection.execute("SELECT key, value FROM security_setting").fetchall())


def set_security_setting(connection: sqlite3.Connection, key: str, value: str) -> None:
    """Store one setting, as JSON."""
    connection.execute(
        "INSERT INTO security_setting (key, value) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        (key, value),
    )
