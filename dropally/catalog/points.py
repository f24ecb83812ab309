"""Questions about restore points: which there are, what they hold, and whom."""

import json
import sqlite3
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from typing import NamedTuple

from dropally.catalog.items import Totals
from dropally.catalog.moments import from_micros, to_micros
from dropally.catalog.places import SnapshotRow, find_snapshot, folder_totals
from dropally.catalog.roster_recording import EntityFacts
from dropally.common.errors import NotFoundError


class PointRow(NamedTuple):
    """A recorded restore point. `number` and `team` are the catalog's own."""

    number: int
    team: int
    id: str
    time: datetime
    labels: dict[str, str]


class EntityPoint(NamedTuple):
    """A restore point as one entity's list of snapshots shows it.

    The counts say what its snapshot changed; they are 0 where the namespace kept the snapshot it
    had at the point before. `totals` are those of its own namespace.
    """

    point: PointRow
    snapshot: str
    is_new: bool
    added: int
    changed: int
    removed: int
    failures: int
    totals: Totals


class EntitySpan(NamedTuple):
    """When an entity was backed up first and last, and what was in its namespace at the last.

    `is_current`: the team's newest restore point has it.
    """

    entity: EntityFacts
    first_backup: datetime
    last_backup: datetime
    is_current: bool
    totals: Totals


_POINT = "point.number, point.team, point.id, point.time, point.labels"
_SNAPSHOT_AT = (
    "SELECT snapshot.id FROM source JOIN presence ON presence.source = source.id"
    " JOIN snapshot ON snapshot.number = presence.snapshot"
    " WHERE namespace = ? AND presence.team = ? AND first <= ? AND until > ?"
)
_HAS_SOURCE = (
    "EXISTS (SELECT 1 FROM presence JOIN source ON source.id = presence.source"
    " WHERE presence.team = point.team AND namespace = :namespace"
    " AND first <= point.number AND until > point.number)"
)


def get_point(connection: sqlite3.Connection, point_id: str) -> PointRow:
    """One restore point. Raises NotFoundError."""
    row = connection.execute(f"SELECT {_POINT} FROM point WHERE id = ?", (point_id,)).fetchone()  # noqa: S608  constants
    if row is None:
        raise NotFoundError(
            f"restore point {point_id} is not in the catalog",
            hint="it may still be on its way there, or was forgotten",
        )
    return _point(row)


def point_at(connection: sqlite3.Connection, team: str, moment: datetime) -> PointRow | None:
    """The newest restore point of a team that is not later than a moment."""
    row = connection.execute(
        f"SELECT {_POINT} FROM point JOIN team ON team.id = point.team"  # noqa: S608  constants
        " WHERE team.name = ? AND time <= ? ORDER BY time DESC, number DESC LIMIT 1",
        (team, to_micros(moment)),
    ).fetchone()
    return _point(row) if row else None


def points_between(
    connection: sqlite3.Connection,
    team: str,
    start: datetime,
    end: datetime,
    *,
    namespace: str | None = None,
    before: int | None = None,
    limit: int = 500,
) -> list[PointRow]:
    """Restore points from `start` on up to and with `end`, newest first.

    With `namespace` only those that have it. `before` is the `number` of the last one seen, for
    the next page.
    """
    conditions = ["team.name = :team", "time BETWEEN :start AND :end"]
    if before is not None:
        conditions.append("point.number < :before")
    if namespace is not None:
        conditions.append(_HAS_SOURCE)
    rows = connection.execute(
        f"SELECT {_POINT} FROM point JOIN team ON team.id = point.team"  # noqa: S608  constants
        f" WHERE {' AND '.join(conditions)} ORDER BY point.number DESC LIMIT :limit",
        {
            "team": team,
            "start": to_micros(start),
            "end": to_micros(end),
            "namespace": namespace,
            "before": before,
            "limit": limit,
        },
    )
    return [_point(row) for row in rows]


def point_after(connection: sqlite3.Connection, point: PointRow, namespace: str) -> PointRow | None:
    """The next restore point of the same team that has a namespace."""
    row = connection.execute(
        f"SELECT {_POINT} FROM point WHERE team = :team AND point.number > :number"  # noqa: S608  constants
        f" AND {_HAS_SOURCE} ORDER BY point.number LIMIT 1",
        {"team": point.team, "number": point.number, "namespace": namespace},
    ).fetchone()
    return _point(row) if row else None


def days_with_points(
    connection: sqlite3.Connection,
    team: str,
    start: datetime,
    end: datetime,
    zone: tzinfo,
    *,
    namespace: str | None = None,
) -> dict[date, int]:
    """How many restore points each day of a zone's calendar has; days without are left out."""
    has_source = f"AND {_HAS_SOURCE}" if namespace is not None else ""
    rows = connection.execute(
        "SELECT time FROM point JOIN team ON team.id = point.team"  # noqa: S608  constants
        f" WHERE team.name = :team AND time BETWEEN :start AND :end {has_source} ORDER BY time",
        {
            "team": team,
            "start": to_micros(start),
            "end": to_micros(end),
            "namespace": namespace,
        },
    )
    return Counter(from_micros(row[0]).astimezone(zone).date() for row in rows)


def entity_points(
    connection: sqlite3.Connection, points: Sequence[PointRow], namespace: str
) -> list[EntityPoint]:
    """Each of these points as the entity with this namespace sees it; those without are left out."""
    found = []
    for point in points:
        row = connection.execute(
            "SELECT snapshot.id, presence.first, added, changed, removed, failures, number, root"
            " FROM presence JOIN source ON source.id = presence.source"
            " JOIN snapshot ON snapshot.number = presence.snapshot"
            " WHERE presence.team = ? AND namespace = ? AND first <= ? AND until > ?",
            (point.team, namespace, point.number, point.number),
        ).fetchone()
        if row is None:
            continue
        is_new = row[1] == point.number
        added, changed, removed = row[2:5] if is_new else (0, 0, 0)
        totals = folder_totals(connection, row[7], row[6])
        found.append(EntityPoint(point, row[0], is_new, added, changed, removed, row[5], totals))
    return found


def team_of(connection: sqlite3.Connection, point: PointRow) -> str:
    """The name of the team that a point is of."""
    row = connection.execute("SELECT name FROM team WHERE id = ?", (point.team,)).fetchone()
    return str(row[0])


def snapshot_id_at(connection: sqlite3.Connection, point: PointRow, namespace: str) -> str | None:
    """The repository's id of the snapshot that a namespace had at a point."""
    row = connection.execute(
        _SNAPSHOT_AT, (namespace, point.team, point.number, point.number)
    ).fetchone()
    return str(row[0]) if row else None


def points_with(
    connection: sqlite3.Connection, team: str, namespace: str, first: str, last: str
) -> tuple[PointRow, PointRow] | None:
    """The first and the last restore point whose snapshot of a namespace is one of a stretch.

    `first` and `last` are snapshots' ids. None if no kept point has any of them.
    """
    span = connection.execute(
        "SELECT min(presence.first), max(presence.until) FROM source"
        " JOIN presence ON presence.source = source.id JOIN team ON team.id = presence.team"
        " WHERE namespace = :namespace AND team.name = :team AND snapshot BETWEEN"
        " (SELECT number FROM snapshot WHERE id = :first)"
        " AND (SELECT number FROM snapshot WHERE id = :last)",
        {"namespace": namespace, "team": team, "first": first, "last": last},
    ).fetchone()
    if span[0] is None:
        return None
    found = [
        connection.execute(
            f"SELECT {_POINT} FROM point JOIN team ON team.id = point.team"  # noqa: S608  constants
            f" WHERE team.name = ? AND number >= ? AND number < ? ORDER BY number {way} LIMIT 1",
            (team, *span),
        ).fetchone()
        for way in ("", "DESC")
    ]
    return (_point(found[0]), _point(found[1])) if found[0] else None


def snapshot_at(
    connection: sqlite3.Connection, point: PointRow, namespace: str
) -> SnapshotRow | None:
    """The snapshot that a namespace had at a point; None if it was not backed up."""
    found = snapshot_id_at(connection, point, namespace)
    return find_snapshot(connection, found) if found else None


def entities_at(connection: sqlite3.Connection, point: PointRow) -> list[EntityFacts]:
    """Whom the team had at a point, by kind and name."""
    rows = connection.execute(
        "SELECT namespace, kind, name, member FROM entity"
        " WHERE team = ? AND first <= ? AND until > ? ORDER BY kind, name",
        (point.team, point.number, point.number),
    )
    return [EntityFacts(*row) for row in rows]


_SPANS = """
SELECT latest.namespace, latest.kind, latest.name, latest.member,
  (SELECT time FROM point WHERE team = :team AND number >= seen.first
   ORDER BY number LIMIT 1),
  (SELECT time FROM point WHERE team = :team AND number < seen.until
   ORDER BY number DESC LIMIT 1),
  seen.until > :newest, source.root, seen.snapshot
FROM (
  SELECT source, min(first) AS first, max(until) AS until, max(snapshot) AS snapshot
  FROM presence WHERE team = :team
  AND (:namespace = '' OR source = (SELECT id FROM source WHERE namespace = :namespace))
  GROUP BY source
) AS seen
JOIN source ON source.id = seen.source
JOIN entity AS latest ON latest.team = :team AND latest.namespace = source.namespace
  AND latest.first = (SELECT max(first) FROM entity
    WHERE team = :team AND namespace = source.namespace)
ORDER BY latest.kind, latest.name
"""


def entity_spans(
    connection: sqlite3.Connection, team: str, namespace: str = ""
) -> list[EntitySpan]:
    """First and last backup of everything a team ever had (or of one of it), what left included."""
    newest = connection.execute(
        "SELECT team.id, max(number) FROM team JOIN point ON team = team.id WHERE name = ?",
        (team,),
    ).fetchone()
    if newest[1] is None:
        return []
    rows = connection.execute(
        _SPANS, {"team": newest[0], "newest": newest[1], "namespace": namespace}
    ).fetchall()
    return [
        EntitySpan(
            EntityFacts(*row[:4]),
            from_micros(row[4]),
            from_micros(row[5]),
            bool(row[6]),
            folder_totals(connection, row[7], row[8]),
        )
        for row in rows
    ]


def _point(row: tuple[int, int, str, int, str]) -> PointRow:
    return PointRow(row[0], row[1], row[2], from_micros(row[3]), json.loads(row[4]))


def has_points(connection: sqlite3.Connection) -> bool:
    """False for a catalog that nothing was recorded into yet."""
    return connection.execute("SELECT 1 FROM point LIMIT 1").fetchone() is not None


def recorded_points(connection: sqlite3.Connection, team: str) -> dict[str, datetime]:
    """The ids of all restore points of a team that are recorded, and their times."""
    query = "SELECT point.id, time FROM point JOIN team ON team.id = team WHERE name = ?"
    return {row[0]: from_micros(row[1]) for row in connection.execute(query, (team,))}
