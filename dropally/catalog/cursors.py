"""Where the listing of each namespace stands, for namespaces that have nothing staged.

A snapshot holds the cursor behind it. While nothing changes no snapshot is written, but Dropbox
gives newer cursors; the newest is kept here, beside the stages, with what a run has to know of the
snapshot: a night in which nothing happened reads no snapshot at all. The file can be deleted at
any time: listings then go on from the snapshots' cursors.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from dropally.catalog import database
from dropally.catalog.database import Transaction

FILE_NAME = "cursors.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS cursor (
  namespace TEXT PRIMARY KEY,
  snapshot TEXT NOT NULL,             -- which it goes on from
  cursor TEXT NOT NULL,
  stats TEXT NOT NULL,                -- what the snapshot counts, as JSON
  is_complete INTEGER NOT NULL        -- nothing failed, so that there is nothing to try again
) WITHOUT ROWID
"""


class KeptCursor(NamedTuple):
    """The newest cursor behind a snapshot that still says all there is to say."""

    namespace: str
    snapshot: str
    cursor: str
    stats: Mapping[str, int]
    is_complete: bool


def read_cursors(folder: Path) -> dict[str, KeptCursor]:
    """All of them, by namespace; none if the file cannot be read."""
    path = folder / FILE_NAME
    if not path.exists():
        return {}
    try:
        connection = database.connect(path)
        try:
            rows = connection.execute(
                "SELECT namespace, snapshot, cursor, stats, is_complete FROM cursor"
            ).fetchall()
        finally:
            connection.close()
    except sqlite3.DatabaseError:
        database.remove(path)
        return {}
    return {
        namespace: KeptCursor(namespace, snapshot, cursor, json.loads(stats), bool(is_complete))
        for namespace, snapshot, cursor, stats, is_complete in rows
    }


def keep_cursors(folder: Path, kept: Iterable[KeptCursor]) -> None:
    """Note where listings stand now. Several processes may do so at once."""
    connection = database.connect(folder / FILE_NAME)
    try:
        connection.execute(_SCHEMA)
        with Transaction(connection):
            connection.executemany(
                "INSERT OR REPLACE INTO cursor VALUES (?, ?, ?, ?, ?)",
                ((*one[:3], json.dumps(dict(one.stats)), one.is_complete) for one in kept),
            )
    finally:
        connection.close()


def drop_cursors(folder: Path, namespaces: Iterable[str]) -> None:
    """Forget where the listings of these stand: their snapshots are gone."""
    if not (folder / FILE_NAME).exists():
        return
    connection = database.connect(folder / FILE_NAME)
    try:
        connection.execute(_SCHEMA)
        with Transaction(connection):
            connection.executemany(
                "DELETE FROM cursor WHERE namespace = ?", ((one,) for one in namespaces)
            )
    finally:
        connection.close()
