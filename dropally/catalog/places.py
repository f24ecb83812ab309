"""Finding snapshots and items by the names they have outside the catalog."""

import sqlite3
from typing import NamedTuple

from dropally.catalog.items import Totals
from dropally.common.errors import NotFoundError


class SnapshotRow(NamedTuple):
    """A recorded snapshot: its number, its source, and the item that is the source's root.

    `is_newest` is False as soon as another one is begun: rows may have ended since then.
    """

    number: int
    source: int
    root: int
    is_newest: bool


_SNAPSHOT = """
SELECT snapshot.number, snapshot.source, source.root, NOT EXISTS (
  SELECT 1 FROM snapshot AS later
  WHERE later.source = snapshot.source AND later.number > snapshot.number)
FROM snapshot JOIN source ON source.id = snapshot.source
WHERE snapshot.id = ? AND complete = 1
"""
_CHILD = """
SELECT id FROM item WHERE parent = ?1 AND is_file = 0 AND key = ?2 AND first IS NOT NULL
UNION ALL
SELECT id FROM item WHERE parent = ?1 AND is_file = 1 AND key = ?2 AND first IS NOT NULL
UNION ALL
SELECT id FROM item WHERE parent = ?1 AND key = ?2 AND first IS NULL
LIMIT 1
"""
_TOTALS = (
    "SELECT files, folders, size FROM total WHERE item = ? AND first <= ?"
    " ORDER BY first DESC LIMIT 1"
)


def find_snapshot(connection: sqlite3.Connection, snapshot_id: str) -> SnapshotRow:
    """The recorded snapshot. Raises NotFoundError."""
    row = connection.execute(_SNAPSHOT, (snapshot_id,)).fetchone()
    if row is None:
        raise NotFoundError(
            f"snapshot {snapshot_id} is not in the catalog",
            hint="it may still be on its way there, or was forgotten",
        )
    return SnapshotRow(row[0], row[1], row[2], bool(row[3]))


def find_item(connection: sqlite3.Connection, root: int, path: str) -> int | None:
    """The item at a path (as the server lower-cases it), whenever it was there; None if never."""
    item = root
    for key in path.split("/")[1:]:
        child = find_child(connection, item, key)
        if child is None:
            return None
        item = child
    return item


def find_child(connection: sqlite3.Connection, item: int, key: str) -> int | None:
    """The child of a folder by the last part of its path; None if there never was one."""
    row = connection.execute(_CHILD, (item, key)).fetchone()
    return row[0] if row else None


def folder_totals(connection: sqlite3.Connection, item: int, number: int) -> Totals:
    """What was below a folder at a snapshot."""
    row = connection.execute(_TOTALS, (item, number)).fetchone()
    return Totals(*row) if row else Totals()
