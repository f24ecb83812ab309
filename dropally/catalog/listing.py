"""Folders at a snapshot, page by page.

Folders come first, by name; then files by name, size or date. A page goes on behind the last row
of the one before, so any page costs the same, in folders of any length.
"""

import sqlite3
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from dropally.catalog.items import ItemState, Totals, read_state
from dropally.catalog.places import SnapshotRow, find_item, folder_totals

SortBy = Literal["name", "size", "modified"]
MOST_ROWS = 500


class PageMark(NamedTuple):
    """The last row of a page. `value` is what files are sorted by; None among folders."""

    is_file: bool
    key: str
    value: int | None = None
    item: int = 0


class ListedItem(NamedTuple):
    """A row of a listing: the last part of its path, what it is like, and its mark for paging.

    `totals` are given for folders: what is below them in the same namespace.
    """

    key: str
    state: ItemState
    totals: Totals | None
    mark: PageMark


class Order(NamedTuple):
    """How files are sorted. Folders are sorted by name, in the same direction only if by name."""

    by: SortBy = "name"
    descending: bool = False


BY_NAME = Order()
_STATE = "kind, name, size, modified, author.account, content, mount, failure"
# Where rows lie: now's versions, and those that have ended. `NOT NULL` opens the partial indexes.
_LIVE = "item AS v", "v.id", "v.first IS NOT NULL AND v.first <= :number"
_PAST = "past AS v", "v.item", "v.first <= :number AND v.until > :number"
_SORT_COLUMNS: dict[SortBy, str] = {"name": "v.key", "size": "v.size", "modified": "v.modified"}


def list_folder(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    path: str,
    *,
    order: Order = BY_NAME,
    after: PageMark | None = None,
    limit: int = MOST_ROWS,
) -> list[ListedItem]:
    """The next rows of a folder at a snapshot; an empty list ends it, or means no such folder.

    `path` is as the server lower-cases it, "" for the root.
    """
    folder = find_item(connection, snapshot.root, path)
    if folder is None:
        return []
    found: list[ListedItem] = []
    if after is None or not after.is_file:
        found = _folders(connection, snapshot, folder, order, after, limit)
        after = None
    if len(found) < limit:
        found += _files(connection, snapshot, folder, order, after, limit - len(found))
    return found


def get_item(connection: sqlite3.Connection, snapshot: SnapshotRow, path: str) -> ListedItem | None:
    """One item at a snapshot; None if it was not there then."""
    parent, _, key = path.rpartition("/")
    folder = find_item(connection, snapshot.root, parent)
    if folder is None:
        return None
    for is_file in (0, 1):
        where = f"v.parent = :folder AND v.is_file = {is_file} AND v.key = :key"
        arguments = {"folder": folder, "number": snapshot.number, "key": key, "limit": 1}
        rows = list(_select(connection, snapshot, "v.key", where, "v.key", arguments))
        if rows:
            return _listed(connection, snapshot, rows[0], is_file=bool(is_file))
    return None


def _folders(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    folder: int,
    order: Order,
    after: PageMark | None,
    limit: int,
) -> list[ListedItem]:
    descending = order.by == "name" and order.descending
    where = "v.parent = :folder AND v.is_file = 0"
    arguments: dict[str, object] = {"folder": folder, "number": snapshot.number, "limit": limit}
    if after is not None:
        where += f" AND v.key {'<' if descending else '>'} :key"
        arguments["key"] = after.key
    by = "v.key DESC" if descending else "v.key"
    rows = _select(connection, snapshot, "v.key", where, by, arguments)
    return [_listed(connection, snapshot, row, is_file=False) for row in rows]


def _files(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    folder: int,
    order: Order,
    after: PageMark | None,
    limit: int,
) -> list[ListedItem]:
    column = _SORT_COLUMNS[order.by]
    behind, way = ("<", " DESC") if order.descending else (">", "")
    where = "v.parent = :folder AND v.is_file = 1"
    arguments: dict[str, object] = {"folder": folder, "number": snapshot.number, "limit": limit}
    if order.by == "name":
        by = f"v.key{way}"
        if after is not None:
            where += f" AND v.key {behind} :key"
            arguments["key"] = after.key
    else:
        by = f"{column}{way}, {{item}}{way}"
        if after is not None:
            where += f" AND ({column}, {{item}}) {behind} (:value, :item)"
            arguments.update(value=after.value, item=after.item)
    rows = _select(connection, snapshot, column, where, by, arguments)
    return [_listed(connection, snapshot, row, is_file=True) for row in rows]


def _select(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    sort_column: str,
    where: str,
    order_by: str,
    arguments: dict[str, object],
) -> Iterator[Any]:
    """Rows of (sorted by, item, key, *state), from both places, merged and cut to the limit."""
    places = [_LIVE] if snapshot.is_newest else [_LIVE, _PAST]
    parts = [
        f"SELECT * FROM (SELECT {sort_column} AS sorted, {item} AS item, v.key AS key, {_STATE}"  # noqa: S608  our own words only
        f" FROM {table} LEFT JOIN author ON author.id = v.author"
        f" WHERE {where.format(item=item)} AND {visible}"
        f" ORDER BY {order_by.format(item=item)} LIMIT :limit)"
        for table, item, visible in places
    ]
    way = " DESC" if order_by.endswith("DESC") else ""
    query = " UNION ALL ".join(parts)
    if len(parts) > 1:
        query += f" ORDER BY sorted{way}, item{way} LIMIT :limit"
    return connection.execute(query, arguments)


def _listed(
    connection: sqlite3.Connection, snapshot: SnapshotRow, row: Any, *, is_file: bool
) -> ListedItem:
    sorted_by, item, key = row[:3]
    value = sorted_by if isinstance(sorted_by, int) else None
    totals = None if is_file else folder_totals(connection, item, snapshot.number)
    return ListedItem(key, read_state(key, row[3:]), totals, PageMark(is_file, key, value, item))
