"""What retention must know of a catalog: points, the last of each source, snapshots to forget."""

import json
import sqlite3
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple

from dropally.catalog.moments import from_micros, to_micros

_POINTS = (
    "SELECT number, point.id, time, labels FROM point JOIN team ON team.id = point.team"
    " WHERE name = ? ORDER BY number"
)
_LAST = """
SELECT source.namespace, (SELECT point.number FROM point
  WHERE point.team = seen.team AND point.number < seen.until ORDER BY point.number DESC LIMIT 1)
FROM (SELECT presence.team, source, max(until) AS until FROM presence
  JOIN team ON team.id = presence.team WHERE name = ? GROUP BY source) AS seen
JOIN source ON source.id = seen.source
"""
_SNAPSHOTS = """
SELECT source.namespace, snapshot.number, snapshot.id, snapshot.time, presence.team,
  presence.first, presence.until
FROM (SELECT DISTINCT source FROM presence JOIN team ON team.id = presence.team
  WHERE name = :team) AS ours
JOIN source ON source.id = ours.source
JOIN snapshot ON snapshot.source = source.id AND complete = 1
LEFT JOIN presence ON presence.source = source.id AND presence.snapshot = snapshot.number
ORDER BY source.id, snapshot.number
"""
_LIVES = (  # in the order in which they lie in the file: an index would be read beside it
    "SELECT first, until, count(*), sum(size) FROM past NOT INDEXED WHERE is_file = 1"
    " GROUP BY first, until"
)


class FileVersions(NamedTuple):
    """How many versions of files, and their bytes as they are in the source."""

    versions: int
    size_bytes: int


class KnownPoint(NamedTuple):
    """A recorded restore point. `failed`: so many namespaces could not be backed up."""

    number: int
    id: str
    time: datetime
    failed: int


def known_points(connection: sqlite3.Connection, team: str) -> list[KnownPoint]:
    """All recorded points of a team, in the order of recording."""
    return [
        KnownPoint(number, point_id, from_micros(time), int(json.loads(labels).get("failed", 0)))
        for number, point_id, time, labels in connection.execute(_POINTS, (team,))
    ]


def last_points(connection: sqlite3.Connection, team: str) -> dict[str, int]:
    """Namespace -> number of the newest point that has it."""
    rows = connection.execute(_LAST, (team,))
    return {namespace: number for namespace, number in rows if number is not None}


def forgettable(
    connection: sqlite3.Connection,
    team: str,
    kept: Sequence[int],
    purged: dict[str, datetime],
) -> dict[str, list[str]]:
    """Namespace -> ids of snapshots that no kept point has; the newest of each never counts.

    `kept` are numbers of points, ascending. `purged`: namespaces whose snapshots up to that moment
    go whatever points have them. What another team's points have stays.
    """
    team_no = connection.execute("SELECT id FROM team WHERE name = ?", (team,)).fetchone()
    found: dict[str, dict[str, bool]] = {}
    newest: dict[str, str] = {}
    for row in connection.execute(_SNAPSHOTS, {"team": team}):
        namespace, _, snapshot, time, owner, first, until = row
        states = found.setdefault(namespace, {})
        newest[namespace] = snapshot
        in_use = owner is not None and (owner != team_no[0] or _overlaps(kept, first, until))
        if namespace in purged and time <= to_micros(purged[namespace]):
            in_use = owner is not None and owner != team_no[0]
            newest.pop(namespace)
        states[snapshot] = states.get(snapshot, False) or in_use
    gone = {
        namespace: [
            one for one, in_use in states.items() if not in_use and one != newest.get(namespace)
        ]
        for namespace, states in found.items()
    }
    return {namespace: ids for namespace, ids in gone.items() if ids}


def versions_only_in(
    connection: sqlite3.Connection, snapshots: dict[str, list[str]]
) -> FileVersions:
    """The versions of files that no other snapshots have than these, ids by namespace.

    What the storage frees with them is less where their pieces are in other files or versions.
    """
    going = {one for of_namespace in snapshots.values() for one in of_namespace}
    if not going:
        return FileVersions(0, 0)
    source_of: dict[int, int] = {}
    goes: dict[int, list[int]] = defaultdict(list)
    stays: dict[int, list[int]] = defaultdict(list)
    query = "SELECT number, source, id, complete FROM snapshot ORDER BY number"
    for number, source, snapshot, complete in connection.execute(query):
        source_of[number] = source
        if complete == 1:
            (goes if snapshot in going else stays)[source].append(number)
    versions = size_bytes = 0
    for first, until, count, size in connection.execute(_LIVES):
        source = source_of[first]
        if _overlaps(goes[source], first, until) and not _overlaps(stays[source], first, until):
            versions += count
            size_bytes += size
    return FileVersions(versions, size_bytes)


def snapshots_of(connection: sqlite3.Connection, namespace: str) -> Collection[str]:
    """All recorded snapshots of a namespace."""
    rows = connection.execute(
        "SELECT snapshot.id FROM snapshot JOIN source ON source.id = source"
        " WHERE namespace = ? AND complete = 1",
        (namespace,),
    )
    return frozenset(row[0] for row in rows)


def _overlaps(kept: Sequence[int], first: int, until: int) -> bool:
    """Whether one of the numbers is from `first` on and before `until`."""
    at = bisect_left(kept, first)
    return at < len(kept) and kept[at] < until
