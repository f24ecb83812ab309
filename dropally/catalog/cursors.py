"""Where the listing of each namespace stands, for namespaces that have nothing staged.

A snapshot holds the cursor behind it. While nothing changes no snapshot is written, but Dropbox
gives newer cursors; the newest is kept here, beside the stages. The file can be deleted at any
time: listings then go on from the snapshots' cursors.
"""

import sqlite3
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from dropally.catalog import database
from dropally.catalog.database import Transaction

FILE_NAME = "cursors.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (
  namespace TEXT PRIMARY KEY,
  snapshot TEXT NOT NULL,             -- which it goes on from
  cursor TEXT NOT NULL
) WITHOUT ROWID
"""


class KeptCursor(NamedTuple):
    """The newest cursor behind a snapshot that still says all there is to say."""

    namespace: str
    snapshot: str
    cursor: str


def read_cursors(folder: Path) -> dict[str, KeptCursor]:
    """All of them, by namespace; none if the file cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return {}
    try:
        connection = database.connect(path)
        try:
            rows = connection.execute("SELECT namespace, snapshot, cursor FROM cursor").fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        database.remove(path)
        return {}
    return {row[0]: KeptCursor(*row) for row in rows}


def keep_cursors(folder: Path, kept: Iterable[KeptCursor]) -> None:
    """Note where listings stand now. Several processes may do so at once."""
    connection = database.connect(folder / FILE_NAME)
    try:
        connection.execute(_SCHEMA)
        with Transaction(connection):
            connection.executemany("INSERT OR REPLACE INTO cursor VALUES (?, ?, ?)", kept)
    finally:
        connection.close()
