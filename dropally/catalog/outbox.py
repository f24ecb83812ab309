"""Mails that wait to be sent, and how sending them went, in `dropally.db`.

A mail is written in the transaction that causes it: either both happen or neither. What a mail
says may hold a link that opens something, so its content is sealed by the writer and emptied once
the mail is sent or given up.
"""

import sqlite3
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, from_micros_or_none, to_micros

MIGRATIONS = Migrations("outbox")

_CREATE = (
    """
    CREATE TABLE outbox (
      id INTEGER PRIMARY KEY AUTOINCREMENT,
      kind TEXT NOT NULL,
      recipient TEXT NOT NULL,
      content BLOB NOT NULL,              -- sealed; empty once it is of no more use
      state TEXT NOT NULL CHECK (state IN ('waiting', 'sent', 'failed')),
      created_us INTEGER NOT NULL,
      expires_us INTEGER,                 -- not worth sending any more after this
      next_try_us INTEGER NOT NULL,
      tries INTEGER NOT NULL DEFAULT 0,
      answer TEXT NOT NULL DEFAULT ''     -- what the server of the last try said
    ) STRICT
    """,
    "CREATE INDEX outbox_waiting ON outbox (next_try_us) WHERE state = 'waiting'",
)


@MIGRATIONS()
def create_outbox(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


@MIGRATIONS()
def add_folding(database: Database) -> None:
    """What was told within the last hour is not told again."""
    database.execute("ALTER TABLE outbox ADD COLUMN fold TEXT NOT NULL DEFAULT ''")
    database.execute(
        "CREATE INDEX outbox_folded ON outbox (recipient, fold, created_us) WHERE fold <> ''"
    )


@dataclass(frozen=True)
class OutboxRow:
    """A mail as stored."""

    id: int
    kind: str
    recipient: str
    content: bytes = field(repr=False)
    state: str
    created: datetime
    expires: datetime | None
    tries: int
    answer: str


_SELECT = (
    "SELECT id, kind, recipient, content, state, created_us, expires_us, tries, answer FROM outbox"
)
_DUE = _SELECT + " WHERE state = 'waiting' AND next_try_us <= ? ORDER BY id LIMIT ?"
_LOG = _SELECT + " WHERE id < ? ORDER BY id DESC LIMIT ?"
_AFTER_ALL = 1 << 62


def _as_row(row: Any) -> OutboxRow:
    values: list[Any] = [
        *row[:5],
        from_micros(row[5]),
        from_micros_or_none(row[6]),
        *row[7:],
    ]
    return OutboxRow(*values)


def insert_mail(
    connection: sqlite3.Connection,
    *,
    kind: str,
    recipient: str,
    content: bytes,
    created: datetime,
    expires: datetime | None,
    fold: str = "",
) -> int:
    """Put a mail in; its id."""
    cursor = connection.execute(
        "INSERT INTO outbox (kind, recipient, content, state, created_us, expires_us, next_try_us,"
        " fold) VALUES (?, ?, ?, 'waiting', ?, ?, ?, ?)",
        (
            kind,
            recipient,
            content,
            to_micros(created),
            to_micros(expires) if expires else None,
            to_micros(created),
            fold,
        ),
    )
    return int(cursor.lastrowid or 0)


def due_mails(connection: sqlite3.Connection, now: datetime, limit: int) -> list[OutboxRow]:
    """Mails whose time has come, the oldest first."""
    return [_as_row(row) for row in connection.execute(_DUE, (to_micros(now), limit))]


def delivery_log(
    connection: sqlite3.Connection, limit: int, before_id: int | None = None
) -> list[OutboxRow]:
    """The newest mails and what became of them; only those older than `before_id`, if given."""
    bounds = (_AFTER_ALL if before_id is None else before_id, limit)
    return [_as_row(row) for row in connection.execute(_LOG, bounds)]


def delete_mails_before(connection: sqlite3.Connection, when: datetime) -> int:
    """Forget mails that were put in before then; how many."""
    return connection.execute(
        "DELETE FROM outbox WHERE created_us < ?", (to_micros(when),)
    ).rowcount


def was_put_since(
    connection: sqlite3.Connection, recipient: str, fold: str, since: datetime
) -> bool:
    """True if a mail that counts as the same was put in for them since then."""
    row = connection.execute(
        "SELECT 1 FROM outbox WHERE recipient = ? AND fold = ? AND fold <> '' AND created_us > ?"
        " LIMIT 1",
        (recipient, fold, to_micros(since)),
    ).fetchone()
    return row is not None


def mark_sent(connection: sqlite3.Connection, mail_id: int, answer: str) -> None:
    """A server took it."""
    connection.execute(
        "UPDATE outbox SET state = 'sent', content = X'', tries = tries + 1, answer = ?"
        " WHERE id = ?",
        (answer, mail_id),
    )


def mark_tried(
    connection: sqlite3.Connection, mail_id: int, answer: str, next_try: datetime | None
) -> None:
    """A try failed; None gives it up."""
    if next_try is None:
        connection.execute(
            "UPDATE outbox SET state = 'failed', content = X'', tries = tries + 1, answer = ?"
            " WHERE id = ?",
            (answer, mail_id),
        )
        return
    connection.execute(
        "UPDATE outbox SET next_try_us = ?, tries = tries + 1, answer = ? WHERE id = ?",
        (to_micros(next_try), answer, mail_id),
    )


def give_up_waiting(connection: sqlite3.Connection, answer: str) -> int:
    """Give up every mail that waits; how many."""
    return connection.execute(
        "UPDATE outbox SET state = 'failed', content = X'', answer = ? WHERE state = 'waiting'",
        (answer,),
    ).rowcount


def give_up_expired(connection: sqlite3.Connection, now: datetime) -> int:
    """Give up mails whose content has gone stale (a link that has ended); how many."""
    return connection.execute(
        "UPDATE outbox SET state = 'failed', content = X'', answer = 'expired before it was sent'"
        " WHERE state = 'waiting' AND expires_us <= ?",
        (to_micros(now),),
    ).rowcount
