"""The versions of a file, also of one that is gone."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from dropally.catalog.history import OPEN_END, SAME_PATH
from dropally.catalog.items import ItemState, read_state
from dropally.catalog.moments import from_micros
from dropally.catalog.places import find_item

_STATE = "v.kind, v.name, v.size, v.modified, author.account, v.content, v.mount, v.failure"
_ROWS = f"""
SELECT v.first, v.until, v.key, {_STATE}
FROM item CROSS JOIN past AS v INDEXED BY past_name ON {SAME_PATH.replace("past.", "v.")}
LEFT JOIN author ON author.id = v.author
WHERE item.id = :item AND v.first <= :newest
UNION ALL
SELECT v.first, {OPEN_END}, v.key, {_STATE}
FROM item AS v LEFT JOIN author ON author.id = v.author
WHERE v.id = :item AND v.first <= :newest
ORDER BY first DESC
"""  # noqa: S608  constants


class Version(NamedTuple):
    """One version of a file, and the first and last snapshot that has it.

    `is_current`: the namespace's newest snapshot has it.
    """

    state: ItemState
    first_snapshot: str
    first_time: datetime
    last_snapshot: str
    last_time: datetime
    is_current: bool


class _Span(NamedTuple):
    first: int
    until: int
    state: ItemState


def file_versions(connection: sqlite3.Connection, namespace: str, path: str) -> list[Version]:
    """Every version of a path, newest first; empty if there never was a file.

    `path` is as the server lower-cases it. A file that came back with what it had before has a
    version for each time; one whose name or sharing changed, but not its contents, has not.
    """
    row = connection.execute(
        "SELECT source.id, root, max(number) FROM source JOIN snapshot ON source = source.id"
        " WHERE namespace = ? AND complete = 1",
        (namespace,),
    ).fetchone()
    if row is None or row[0] is None:
        return []
    source, root, newest = row
    item = find_item(connection, root, path)
    if item is None:
        return []
    rows = connection.execute(_ROWS, {"item": item, "newest": newest})
    spans = [_Span(first, until, read_state(key, state)) for first, until, key, *state in rows]
    merged = _merge([span for span in spans if span.state.kind != "folder"])
    found = (_version(connection, source, newest, span) for span in merged)
    return [version for version in found if version is not None]


def _merge(spans: list[_Span]) -> list[_Span]:
    merged: list[_Span] = []
    for span in spans:
        newer = merged[-1] if merged else None
        if newer and newer.first == span.until and _same_content(newer.state, span.state):
            merged[-1] = newer._replace(first=span.first)
        else:
            merged.append(span)
    return merged


def _same_content(one: ItemState, other: ItemState) -> bool:
    return (one.kind, one.size_bytes, one.modified, one.content, one.failure) == (
        other.kind,
        other.size_bytes,
        other.modified,
        other.content,
        other.failure,
    )


def _version(
    connection: sqlite3.Connection, source: int, newest: int, span: _Span
) -> Version | None:
    """None if no snapshot that has it is left."""
    rows = [
        connection.execute(
            f"SELECT id, time FROM snapshot WHERE source = ? AND complete = 1"  # noqa: S608  constants
            f" AND number >= ? AND number < ? ORDER BY number {way} LIMIT 1",
            (source, span.first, span.until),
        ).fetchone()
        for way in ("", "DESC")
    ]
    first, last = rows
    if first is None:
        return None
    return Version(
        span.state,
        first[0],
        from_micros(first[1]),
        last[0],
        from_micros(last[1]),
        span.until > newest,
    )
