"""What once lay in a folder and is there no more at a snapshot."""

import sqlite3
from typing import NamedTuple

from dropally.catalog.items import ItemState, Totals, read_state
from dropally.catalog.places import SnapshotRow, find_item, folder_totals

_STATE = "v.kind, v.name, v.size, v.modified, author.account, v.content, v.mount, v.failure"
# Of each name, the newest version that had ended: SQLite gives the other columns of the row that
# has the maximum. A name that is there again, as whatever kind, is not gone.
_ROWS = f"""
SELECT v.key, v.first, max(v.until), v.item, v.is_file, {_STATE}
FROM past AS v INDEXED BY past_name LEFT JOIN author ON author.id = v.author
WHERE v.parent = :folder AND v.is_file = :is_file AND v.key > :key AND v.until <= :number
AND NOT EXISTS (SELECT 1 FROM item INDEXED BY item_name
  WHERE item.parent = v.parent AND item.is_file IN (0, 1) AND item.key = v.key
  AND item.first IS NOT NULL AND item.first <= :number)
AND NOT EXISTS (SELECT 1 FROM past AS other INDEXED BY past_name
  WHERE other.parent = v.parent AND other.is_file IN (0, 1) AND other.key = v.key
  AND (other.first <= :number AND other.until > :number
    OR other.is_file <> v.is_file AND other.until <= :number AND other.until > v.until))
GROUP BY v.key ORDER BY v.key LIMIT :limit
"""  # noqa: S608  constants
_LAST = """
SELECT (SELECT id FROM snapshot WHERE source = :source AND complete = 1
    AND number >= :first AND number < :until ORDER BY number LIMIT 1),
  id, number FROM snapshot WHERE source = :source AND complete = 1
  AND number >= :first AND number < :until ORDER BY number DESC LIMIT 1
"""


class GoneMark(NamedTuple):
    """The last row of a page."""

    is_file: bool
    key: str


class GoneItem(NamedTuple):
    """An item that is gone, as the last snapshot that had it knew it.

    `totals` are what was below a folder then. `first_snapshot` and `last_snapshot` are the ends of
    its last version; empty if none of those snapshots is left.
    """

    key: str
    state: ItemState
    totals: Totals
    first_snapshot: str
    last_snapshot: str
    mark: GoneMark


def gone_items(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    path: str,
    *,
    after: GoneMark | None = None,
    limit: int = 100,
) -> list[GoneItem]:
    """The next items that were in a folder before a snapshot and are not at it; folders first.

    `path` is as the server lower-cases it, "" for the root.
    """
    folder = find_item(connection, snapshot.root, path)
    found: list[GoneItem] = []
    if folder is None:
        return found
    for is_file in (False, True):
        if after is not None and after.is_file > is_file:
            continue
        is_resumed = after is not None and after.is_file == is_file
        arguments = {
            "folder": folder,
            "is_file": int(is_file),
            "key": after.key if after is not None and is_resumed else "",
            "number": snapshot.number,
            "limit": limit - len(found),
        }
        rows = connection.execute(_ROWS, arguments).fetchall()
        found += [_gone(connection, snapshot.source, row) for row in rows]
    return found


def _gone(
    connection: sqlite3.Connection,
    source: int,
    row: tuple[str, int, int, int, int, *tuple[object, ...]],
) -> GoneItem:
    key, first, until, item, is_file, *state = row
    left = connection.execute(
        _LAST, {"source": source, "first": first, "until": until}
    ).fetchone() or ("", "", 0)
    read = read_state(key, state)
    totals = Totals(1, 0, read.size_bytes) if is_file else folder_totals(connection, item, left[2])
    return GoneItem(key, read, totals, left[0], left[1], GoneMark(bool(is_file), key))
