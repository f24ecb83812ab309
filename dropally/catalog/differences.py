"""What differs below a folder between two snapshots of a namespace, in the order of paths.

Each folder has a row of totals for every snapshot that changed something below it, so the walk
enters only folders with changes. A page goes on behind the last path of the one before.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import Any, Literal, NamedTuple

from dropally.catalog.history import SAME_PATH
from dropally.catalog.items import ItemState, read_state
from dropally.catalog.places import SnapshotRow, find_item
from dropally.common.errors import UsageError

Change = Literal["added", "removed", "changed"]
_CHUNK = 500
# With more changes than this in one folder, reading it by name is cheaper than sorting them.
_MANY = 20_000

_STATE = "v.kind, v.name, v.size, v.modified, author.account, v.content, v.mount, v.failure"
_STATE_AT = f"""
SELECT v.key, {_STATE} FROM item AS v LEFT JOIN author ON author.id = v.author
WHERE v.id = :item AND v.first <= :number
UNION ALL
SELECT v.key, {_STATE} FROM item CROSS JOIN past AS v INDEXED BY past_name ON {SAME_PATH.replace("past.", "v.")}
LEFT JOIN author ON author.id = v.author
WHERE item.id = :item AND v.first <= :number AND v.until > :number
"""  # noqa: S608  constants
_COUNT = """
SELECT (SELECT count(*) FROM (SELECT 1 FROM item WHERE parent = :folder AND first IS NOT NULL
  AND first > :older AND first <= :newer LIMIT :many))
+ (SELECT count(*) FROM (SELECT 1 FROM past WHERE parent = :folder
  AND first > :older AND first <= :newer LIMIT :many))
+ (SELECT count(*) FROM (SELECT 1 FROM past WHERE parent = :folder
  AND until > :older AND until <= :newer LIMIT :many))
"""
_CHANGED, _ENTERED = 1, 2
_ENTERED_QUERY = f"""
SELECT DISTINCT item.key, item.id, coalesce(item.name, item.key), {_ENTERED}
FROM total JOIN item ON item.id = total.item
WHERE total.parent = :folder AND total.first > :older AND total.first <= :newer
  AND item.key >= :key ORDER BY item.key LIMIT :limit
"""  # noqa: S608  constants
# There at the newer end, since after the older one, until now; the same, but ended since; there
# at the older end and no more at the newer one.
_CAME = "AND v.first IS NOT NULL AND v.first > :older AND v.first <= :newer"
_PASSED = "AND v.first > :older AND v.first <= :newer AND v.until > :newer"
_WENT = """
AND v.until > :older AND v.until <= :newer AND v.first <= :older
AND NOT EXISTS (SELECT 1 FROM item WHERE item.id = v.item AND item.first <= :newer)
AND NOT EXISTS (SELECT 1 FROM past INDEXED BY past_name
  WHERE past.parent = v.parent AND past.is_file IN (0, 1) AND past.key = v.key
  AND past.first <= :newer AND past.until > :newer)
"""


class Difference(NamedTuple):
    """One path that differs. `path` is as the server lower-cases it, `shown` as people write it."""

    change: Change
    path: str
    shown: str
    before: ItemState | None
    after: ItemState | None


@dataclass(frozen=True)
class _Range:
    older: int
    newer: int


class _Step(NamedTuple):
    """One child to look at: itself changed, or something below it, or both."""

    key: str
    item: int
    name: str
    is_changed: bool
    is_entered: bool


def differences(
    connection: sqlite3.Connection,
    older: SnapshotRow,
    newer: SnapshotRow,
    path: str = "",
    *,
    after: str | None = None,
    limit: int = _CHUNK,
) -> list[Difference]:
    """The next differences below a folder, behind the path `after`; an empty list ends them.

    Raises UsageError for snapshots of two namespaces, or in the wrong order.
    """
    if older.source != newer.source or older.number > newer.number:
        raise UsageError(
            "only two snapshots of one namespace can be compared, the older one first",
            hint="swap the two dates, or compare each mounted folder by itself",
        )
    folder = find_item(connection, older.root, path)
    if folder is None:
        return []
    found: list[Difference] = []
    for difference in _walk(connection, _Range(older.number, newer.number), folder, path, after):
        found.append(difference)
        if len(found) == limit:
            break
    return found


def _walk(
    connection: sqlite3.Connection, span: _Range, top: int, top_path: str, after: str | None
) -> Iterator[Difference]:
    resume = after[len(top_path) + 1 :].split("/") if after is not None else []
    stack = [(top_path, top_path, _steps(connection, span, top, resume), resume)]
    while stack:
        path, shown, steps, behind = stack[-1]
        step = next(steps, None)
        if step is None:
            stack.pop()
            continue
        inner, inner_shown = f"{path}/{step.key}", f"{shown}/{step.name}"
        is_resumed = bool(behind) and step.key == behind[0]
        if step.is_changed and not is_resumed:
            difference = _difference(connection, span, step.item, inner, inner_shown)
            if difference is not None:
                yield difference
        if step.is_entered:
            rest = behind[1:] if is_resumed else []
            stack.append((inner, inner_shown, _steps(connection, span, step.item, rest), rest))


def _difference(
    connection: sqlite3.Connection, span: _Range, item: int, path: str, shown: str
) -> Difference | None:
    before = _state_at(connection, item, span.older)
    after = _state_at(connection, item, span.newer)
    if before == after:  # changed and changed back
        return None
    change: Change = "added" if before is None else "removed" if after is None else "changed"
    return Difference(change, path, shown, before, after)


def _state_at(connection: sqlite3.Connection, item: int, number: int) -> ItemState | None:
    row = connection.execute(_STATE_AT, {"item": item, "number": number}).fetchone()
    return read_state(row[0], row[1:]) if row else None


# -- one folder --------------------------------------------------------------------------------


def _steps(
    connection: sqlite3.Connection, span: _Range, folder: int, resume: list[str]
) -> Iterator[_Step]:
    """The children with changes, by key, from the first key of `resume` on."""
    start = resume[0] if resume else ""
    arguments = {"folder": folder, "older": span.older, "newer": span.newer}
    counted = connection.execute(_COUNT, {**arguments, "many": _MANY}).fetchone()[0]
    changed = _chunks(connection, _changed_query(is_dense=counted >= _MANY), arguments, start)
    entered = _chunks(connection, _ENTERED_QUERY, arguments, start)
    for key, group in groupby(merge(changed, entered, key=itemgetter(0)), key=itemgetter(0)):
        rows = list(group)
        ways = {row[3] for row in rows}
        yield _Step(key, rows[0][1], rows[0][2], _CHANGED in ways, _ENTERED in ways)


def _chunks(
    connection: sqlite3.Connection, query: str, arguments: dict[str, int], start: str
) -> Iterator[Any]:
    """The rows of a query that gives those from a key on."""
    key = start
    while True:
        rows = connection.execute(query, {**arguments, "key": key, "limit": _CHUNK}).fetchall()
        yield from rows
        if len(rows) < _CHUNK:
            return
        key = rows[-1][0] + "\0"  # the least key behind it: names have no NUL


def _changed_query(*, is_dense: bool) -> str:
    """Children that are there at the newer end since then, or no more since the older end.

    Their (key, item, name), by key. Read in the order of names when most of the folder changed,
    through the indexes of beginnings and ends when little did.
    """
    parts = []
    for kind in ("AND v.is_file = 0", "AND v.is_file = 1") if is_dense else ("",):
        where = f"v.parent = :folder AND v.key >= :key {kind}"
        parts += [
            _part("item", "v.id", "item_name" if is_dense else "item_first", f"{where} {_CAME}"),
            _part(
                "past", "v.item", "past_name" if is_dense else "past_first", f"{where} {_PASSED}"
            ),
            _part("past", "v.item", "past_name" if is_dense else "past_until", f"{where} {_WENT}"),
        ]
    return " UNION ALL ".join(parts) + " ORDER BY key LIMIT :limit"


def _part(table: str, item: str, index: str, where: str) -> str:
    return (
        f"SELECT * FROM (SELECT v.key AS key, {item}, coalesce(v.name, v.key), {_CHANGED}"  # noqa: S608  constants
        f" FROM {table} AS v INDEXED BY {index} WHERE {where} ORDER BY v.key LIMIT :limit)"
    )
