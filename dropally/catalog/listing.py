"""Folders at a snapshot, page by page.

Folders come first, by name; then files by name, size or date. A page goes on behind the last row
of the one before, so any page costs the same, in folders of any length.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from dropally.catalog.items import NO_DATE, ItemState, Totals, read_state
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
_SORT_COLUMNS: dict[SortBy, str] = {"name": "v.key", "size": "v.size", "modified": "v.modified"}


class _Table(NamedTuple):
    """Where versions lie: those of now in one table, those that have ended in another."""

    name: str
    item: str
    seen: str  # at the snapshot `:number`; NOT NULL opens the partial indexes


_LIVE = _Table("item", "v.id", "v.first IS NOT NULL AND v.first <= :number")
_PAST = _Table("past", "v.item", "v.first <= :number AND v.until > :number")


def list_folder(
    connection: sqlite3.Connection,
    snapshot: SnapshotRow,
    path: str,
    *,
    order: Order = BY_NAME,
    after: PageMark | None = None,
    limit: int = MOST_ROWS,
    name_part: str = "",
) -> list[ListedItem]:
    """The next rows of a folder at a snapshot; an empty list ends it, or means no such folder.

    `path` and `name_part` are as the server lower-cases them; "" is the root, and any name.
    """
    item = find_item(connection, snapshot.root, path)
    if item is None:
        return []
    folder = _Folder(connection, snapshot, item, name_part)
    found: list[ListedItem] = []
    if after is None or not after.is_file:
        folders_order = Order("name", order.by == "name" and order.descending)
        found = folder.children(folders_order, after, limit, is_file=False)
        after = None
    if len(found) < limit:
        found += folder.children(order, after, limit - len(found), is_file=True)
    return found


def get_item(connection: sqlite3.Connection, snapshot: SnapshotRow, path: str) -> ListedItem | None:
    """One item at a snapshot; None if it was not there then."""
    parent, _, key = path.rpartition("/")
    item = find_item(connection, snapshot.root, parent)
    if item is None:
        return None
    folder = _Folder(connection, snapshot, item)
    return folder.child(key, is_file=True) or folder.child(key, is_file=False)


@dataclass(frozen=True)
class _Folder:
    """A folder at a snapshot."""

    connection: sqlite3.Connection
    snapshot: SnapshotRow
    item: int
    name_part: str = ""

    def child(self, key: str, *, is_file: bool) -> ListedItem | None:
        arguments = {"key": key, "limit": 1}
        found = self._select(BY_NAME, ("v.key = :key",), arguments, is_file=is_file)
        return found[0] if found else None

    def children(
        self, order: Order, after: PageMark | None, limit: int, *, is_file: bool
    ) -> list[ListedItem]:
        if after is None:
            return self._select(order, ("TRUE",), {"limit": limit}, is_file=is_file)
        behind = "<" if order.descending else ">"
        column = _SORT_COLUMNS[order.by]
        if order.by == "name":
            ranges: tuple[str, ...] = (f"{column} {behind} :key",)
        else:
            # Two ranges, so that each is one stretch of the index, however many values are equal.
            ranges = (f"{column} = :value AND {{item}} {behind} :item", f"{column} {behind} :value")
        value = NO_DATE if after.value is None else after.value
        arguments = {"key": after.key, "value": value, "item": after.item, "limit": limit}
        return self._select(order, ranges, arguments, is_file=is_file)

    def _select(
        self,
        order: Order,
        ranges: Sequence[str],
        arguments: Mapping[str, object],
        *,
        is_file: bool,
    ) -> list[ListedItem]:
        """Rows in any of the ranges, of both tables, merged and cut to the limit."""
        tables = (_LIVE,) if self.snapshot.is_newest else (_LIVE, _PAST)
        named = " AND instr(v.key, :part)" if self.name_part else ""
        parts = [
            _query(table, order, one + named, is_file=is_file) for table in tables for one in ranges
        ]
        way = "DESC" if order.descending else "ASC"
        query = f"{' UNION ALL '.join(parts)} ORDER BY sorted {way}, item {way} LIMIT :limit"
        known = {"folder": self.item, "number": self.snapshot.number, "part": self.name_part}
        rows = self.connection.execute(query, {**known, **arguments}).fetchall()
        return [self._listed(row, is_file=is_file) for row in rows]

    def _listed(self, row: Sequence[Any], *, is_file: bool) -> ListedItem:
        sorted_by, item, key = row[:3]
        value = sorted_by if isinstance(sorted_by, int) else None
        totals = None
        if not is_file:
            totals = folder_totals(self.connection, item, self.snapshot.number)
        mark = PageMark(is_file, key, value, item)
        return ListedItem(key, read_state(key, row[3:]), totals, mark)


def _query(table: _Table, order: Order, where: str, *, is_file: bool) -> str:
    """One table's share of a page.

    The index is named because the planner, with little to go by, may sort a million rows instead.
    """
    column = _SORT_COLUMNS[order.by]
    way = "DESC" if order.descending else "ASC"
    ties = "" if order.by == "name" else f", {table.item} {way}"
    return (
        f"SELECT * FROM (SELECT {column} AS sorted, {table.item} AS item, v.key AS key, {_STATE}"  # noqa: S608  our own words only
        f" FROM {table.name} AS v INDEXED BY {table.name}_{order.by}"
        " LEFT JOIN author ON author.id = v.author"
        f" WHERE v.parent = :folder AND v.is_file = {int(is_file)} AND {table.seen}"
        f" AND {where.format(item=table.item)} ORDER BY {column} {way}{ties} LIMIT :limit)"
    )
