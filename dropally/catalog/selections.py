"""What somebody has ticked for a restore or a download, in `dropally.db`.

A row says that an item, with everything below it, is in the selection or is left out of it; what has
no row of its own is as the nearest folder above it that has one. Counts are those of the restore
point, which never changes, so they are looked up once.
"""

import sqlite3
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

from dropally.catalog.moments import from_micros, to_micros

MIGRATIONS = Migrations("selections")

_CREATE = (
    """
    CREATE TABLE selection (
      id TEXT PRIMARY KEY,
      owner TEXT NOT NULL,               -- whose it is: a console user, or a job's initiator
      request TEXT NOT NULL DEFAULT '',  -- JSON: what is done with it; '': still being ticked
      is_told INTEGER NOT NULL DEFAULT 0,  -- the owner had a mail about the end of that
      created_us INTEGER NOT NULL,
      expires_us INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX selection_owner ON selection (owner, created_us)",
    "CREATE INDEX selection_expires ON selection (expires_us)",
    """
    CREATE TABLE selected (
      selection TEXT NOT NULL REFERENCES selection (id) ON DELETE CASCADE,
      entity TEXT NOT NULL,
      point TEXT NOT NULL,
      path TEXT NOT NULL,                -- as the server lower-cases it; '': everything
      is_included INTEGER NOT NULL,
      kind TEXT NOT NULL,
      shown TEXT NOT NULL,               -- the path as people write it
      files INTEGER NOT NULL,
      folders INTEGER NOT NULL,
      size INTEGER NOT NULL,
      PRIMARY KEY (selection, entity, point, path)
    ) STRICT, WITHOUT ROWID
    """,
)


@MIGRATIONS()
def create_selections(database: Database) -> None:
    """The first schema."""
    for statement in _CREATE:
        database.execute(statement)


class SelectionRow(NamedTuple):
    """A selection. `request` is JSON of what a job does with it, "" while it is being ticked."""

    id: str
    owner: str
    request: str
    created: datetime
    expires: datetime


class SelectedRow(msgspec.Struct, frozen=True):
    """An item with everything below it: in the selection, or left out of it."""

    entity: str
    point: str
    path: str
    is_included: bool
    kind: str
    shown: str
    files: int
    folders: int
    size_bytes: int


class SelectionTotals(NamedTuple):
    """What a selection holds. `items` were ticked; files and folders are what that comes to."""

    items: int
    files: int
    folders: int
    size_bytes: int


_COLUMNS = "entity, point, path, is_included, kind, shown, files, folders, size"
_INSERT = f"INSERT INTO selected (selection, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608  constants
_TOTALS = """
SELECT coalesce(sum(is_included), 0), coalesce(sum(iif(is_included, files, -files)), 0),
  coalesce(sum(iif(is_included, folders, -folders)), 0),
  coalesce(sum(iif(is_included, size, -size)), 0)
FROM selected WHERE selection = ?
"""
_PAGE = f"""
SELECT {_COLUMNS} FROM selected WHERE selection = ? AND (entity, point, path) > (?, ?, ?)
ORDER BY entity, point, path LIMIT ?
"""  # noqa: S608  constants


def insert_selection(
    connection: sqlite3.Connection,
    selection_id: str,
    owner: str,
    now: datetime,
    expires: datetime,
    request: str = "",
) -> None:
    """A new selection, empty."""
    connection.execute(
        "INSERT INTO selection (id, owner, request, created_us, expires_us) VALUES (?, ?, ?, ?, ?)",
        (selection_id, owner, request, to_micros(now), to_micros(expires)),
    )


def selection_by_id(connection: sqlite3.Connection, selection_id: str) -> SelectionRow | None:
    """A selection; None if it was deleted or has expired and was cleared away."""
    row = connection.execute(
        "SELECT id, owner, request, created_us, expires_us FROM selection WHERE id = ?",
        (selection_id,),
    ).fetchone()
    return _as_selection(row) if row else None


def selections_of(connection: sqlite3.Connection, owner: str, limit: int) -> list[SelectionRow]:
    """The selections that somebody is ticking, newest first."""
    rows = connection.execute(
        "SELECT id, owner, request, created_us, expires_us FROM selection"
        " WHERE owner = ? AND request = '' ORDER BY created_us DESC LIMIT ?",
        (owner, limit),
    )
    return [_as_selection(row) for row in rows]


def keep_until(connection: sqlite3.Connection, selection_id: str, expires: datetime) -> None:
    """Put its end off: it was used."""
    connection.execute(
        "UPDATE selection SET expires_us = ? WHERE id = ?", (to_micros(expires), selection_id)
    )


def mark_told(connection: sqlite3.Connection, selection_id: str) -> bool:
    """Note that the owner gets a mail about its job's end; False: one was sent already."""
    return (
        connection.execute(
            "UPDATE selection SET is_told = 1 WHERE id = ? AND is_told = 0", (selection_id,)
        ).rowcount
        == 1
    )


def delete_selection(connection: sqlite3.Connection, selection_id: str) -> None:
    """Delete a selection and its rows."""
    connection.execute("DELETE FROM selection WHERE id = ?", (selection_id,))


def delete_expired(connection: sqlite3.Connection, now: datetime) -> int:
    """Delete what nobody used for long; how many."""
    return connection.execute(
        "DELETE FROM selection WHERE expires_us <= ?", (to_micros(now),)
    ).rowcount


def copy_rows(connection: sqlite3.Connection, from_id: str, to_id: str) -> None:
    """Give a selection the rows of another."""
    connection.execute(
        f"INSERT INTO selected (selection, {_COLUMNS})"  # noqa: S608  constants
        f" SELECT ?, {_COLUMNS} FROM selected WHERE selection = ?",
        (to_id, from_id),
    )


def insert_row(connection: sqlite3.Connection, selection_id: str, row: SelectedRow) -> None:
    """Add a row; there is none of its path."""
    connection.execute(_INSERT, (selection_id, *msgspec.structs.astuple(row)))


def clear_below(
    connection: sqlite3.Connection, selection_id: str, entity: str, point: str, path: str
) -> None:
    """Delete the rows of an item and of everything below it."""
    connection.execute(
        "DELETE FROM selected WHERE selection = ? AND entity = ? AND point = ?"
        " AND (path = ? OR (path >= ? AND path < ?))",
        # "0" is the letter behind "/".
        (selection_id, entity, point, path, f"{path}/", f"{path}0"),
    )


def clear_all(connection: sqlite3.Connection, selection_id: str) -> None:
    """Delete all rows of a selection."""
    connection.execute("DELETE FROM selected WHERE selection = ?", (selection_id,))


def is_included(
    connection: sqlite3.Connection, selection_id: str, entity: str, point: str, path: str
) -> bool:
    """Whether an item is in a selection: by its own row, or the nearest above it."""
    while True:
        row = connection.execute(
            "SELECT is_included FROM selected"
            " WHERE selection = ? AND entity = ? AND point = ? AND path = ?",
            (selection_id, entity, point, path),
        ).fetchone()
        if row is not None:
            return bool(row[0])
        if not path:
            return False
        path = path.rpartition("/")[0]


def totals(connection: sqlite3.Connection, selection_id: str) -> SelectionTotals:
    """What a selection holds, counted."""
    return SelectionTotals(*connection.execute(_TOTALS, (selection_id,)).fetchone())


def count_rows(connection: sqlite3.Connection, selection_id: str) -> int:
    """How many rows a selection has."""
    row = connection.execute(
        "SELECT count(*) FROM selected WHERE selection = ?", (selection_id,)
    ).fetchone()
    return int(row[0])


def selected_rows(
    connection: sqlite3.Connection,
    selection_id: str,
    *,
    after: tuple[str, str, str] = ("", "", "\0"),
    limit: int = 500,
) -> list[SelectedRow]:
    """The rows behind (entity, point, path), in that order; an empty list ends them."""
    rows = connection.execute(_PAGE, (selection_id, *after, limit))
    return [_as_selected(row) for row in rows]


def _as_selected(row: Any) -> SelectedRow:
    entity, point, path, is_included, *facts = row
    return SelectedRow(entity, point, path, bool(is_included), *facts)


def _as_selection(row: tuple[str, str, str, int, int]) -> SelectionRow:
    return SelectionRow(*row[:3], from_micros(row[3]), from_micros(row[4]))
