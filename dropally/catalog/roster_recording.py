"""Writing a restore point into `catalog.db`: which snapshot each namespace had, who the team was.

Only what changed since the point before is written, so a quiet day adds one row.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import OutOfStepError
from dropally.catalog.history import OPEN_END
from dropally.catalog.moments import to_micros


class EntityFacts(NamedTuple):
    """A member, team folder, shared folder or app folder of a team, with its own namespace."""

    namespace: str
    kind: str
    name: str
    member: str = ""


class MountFacts(NamedTuple):
    """A shared folder in a member's home, as Dropbox tells it by the member."""

    member: str
    path: str
    namespace: str
    name: str


@dataclass(frozen=True)
class PointFacts:
    """A restore point: everything about the team at that moment.

    `snapshots` maps namespaces to snapshots, all of which must be recorded already. With
    `is_same_roster` entities and mounts are those of the point recorded last, and not given.
    """

    team: str
    id: str
    time: datetime
    snapshots: Mapping[str, str]
    entities: Sequence[EntityFacts] = ()
    mounts: Sequence[MountFacts] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    is_same_roster: bool = False


def newest_point(file: DatabaseFile, team: str) -> str | None:
    """The restore point recorded last for a team."""
    with file.read() as connection:
        row = connection.execute(
            "SELECT point.id FROM point JOIN team ON team.id = team WHERE team.name = ?"
            " ORDER BY number DESC LIMIT 1",
            (team,),
        ).fetchone()
    return str(row[0]) if row else None


def newest_snapshots(file: DatabaseFile, team: str) -> dict[str, str]:
    """Namespace -> snapshot of the restore point recorded last for a team."""
    with file.read() as connection:
        row = connection.execute("SELECT id FROM team WHERE name = ?", (team,)).fetchone()
        found = _present(connection, row[0]) if row else {}
    return {namespace: present.snapshot for namespace, present in found.items()}


def record_point(file: DatabaseFile, facts: PointFacts) -> bool:
    """Record a restore point, later than all that its team has. False: it was recorded before.

    Raises OutOfStepError when a later point or a missing snapshot forbids it.
    """
    with file.write() as database:
        connection = database.conn
        if connection.execute("SELECT 1 FROM point WHERE id = ?", (facts.id,)).fetchone():
            return False
        team = _find_team(connection, facts.team)
        number = _add_point(connection, team, facts)
        _renew(connection, _PRESENCE, team, number, _presence(connection, team, facts))
        if not facts.is_same_roster:
            _renew_roster(connection, team, number, facts)
    return True


def _find_team(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO team (name) VALUES (?)", (name,))
    row = connection.execute("SELECT id FROM team WHERE name = ?", (name,)).fetchone()
    return int(row[0])


def _add_point(connection: sqlite3.Connection, team: int, facts: PointFacts) -> int:
    micros = to_micros(facts.time)
    later = connection.execute(
        "SELECT id FROM point WHERE team = ? AND time > ? LIMIT 1", (team, micros)
    ).fetchone()
    if later is not None:
        raise OutOfStepError(
            f"restore point {facts.id} is older than {later[0]}, which is recorded already",
            hint="delete catalog.db and let it be rebuilt",
        )
    row = connection.execute(
        "INSERT INTO point (number, team, id, time, labels)"
        " SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM point RETURNING number",
        (team, facts.id, micros, json.dumps(dict(facts.labels))),
    ).fetchone()
    return int(row[0])


def _renew_roster(
    connection: sqlite3.Connection, team: int, number: int, facts: PointFacts
) -> None:
    _renew(
        connection,
        _ENTITY,
        team,
        number,
        {
            (entity.namespace,): (entity.kind, entity.name, entity.member)
            for entity in facts.entities
        },
    )
    _renew(
        connection,
        _MOUNT,
        team,
        number,
        {(mount.member, mount.path): (mount.namespace, mount.name) for mount in facts.mounts},
    )


class _Present(NamedTuple):
    """The snapshot that a namespace has now: its id, and source and number as counted here."""

    snapshot: str
    source: int
    number: int


def _present(connection: sqlite3.Connection, team: int) -> dict[str, _Present]:
    rows = connection.execute(
        "SELECT namespace, snapshot.id, source.id, number FROM presence"  # noqa: S608  constants
        " JOIN source ON source.id = presence.source"
        " JOIN snapshot ON snapshot.number = presence.snapshot"
        f" WHERE presence.team = ? AND until = {OPEN_END}",
        (team,),
    )
    return {row[0]: _Present(*row[1:]) for row in rows}


def _presence(
    connection: sqlite3.Connection, team: int, facts: PointFacts
) -> dict[tuple[object, ...], tuple[object, ...]]:
    """Source -> snapshot number, both as the catalog counts them."""
    before = _present(connection, team)
    found: dict[tuple[object, ...], tuple[object, ...]] = {}
    for namespace, snapshot in facts.snapshots.items():
        present = before.get(namespace)
        if present is None or present.snapshot != snapshot:
            present = _recorded(connection, facts, namespace, snapshot)
        found[(present.source,)] = (present.number,)
    return found


def _recorded(
    connection: sqlite3.Connection, facts: PointFacts, namespace: str, snapshot: str
) -> _Present:
    row = connection.execute(
        "SELECT source, number FROM snapshot JOIN source ON source.id = source"
        " WHERE snapshot.id = ? AND namespace = ? AND complete = 1",
        (snapshot, namespace),
    ).fetchone()
    if row is None:
        raise OutOfStepError(
            f"restore point {facts.id} needs snapshot {snapshot} of {namespace},"
            " which is not recorded",
            hint="record the snapshots first, or let the catalog be rebuilt",
        )
    return _Present(snapshot, *row)


class _Table(NamedTuple):
    """A table of what is so from one point until another."""

    name: str
    keys: tuple[str, ...]
    values: tuple[str, ...]


_PRESENCE = _Table("presence", ("source",), ("snapshot",))
_ENTITY = _Table("entity", ("namespace",), ("kind", "name", "member"))
_MOUNT = _Table("mount", ("member", "path"), ("namespace", "name"))


def _renew(
    connection: sqlite3.Connection,
    table: _Table,
    team: int,
    number: int,
    wanted: Mapping[tuple[object, ...], tuple[object, ...]],
) -> None:
    """End the rows that are so no more, and begin those that are new."""
    columns = ", ".join(table.keys + table.values)
    width = len(table.keys)
    rows = connection.execute(
        f"SELECT {columns} FROM {table.name} WHERE team = ? AND until = {OPEN_END}",  # noqa: S608  constants
        (team,),
    )
    current = {row[:width]: row[width:] for row in rows.fetchall()}
    where = " AND ".join(f"{key} = ?" for key in table.keys)
    connection.executemany(
        f"UPDATE {table.name} SET until = ? WHERE team = ? AND until = {OPEN_END} AND {where}",  # noqa: S608  constants
        [(number, team, *key) for key, value in current.items() if wanted.get(key) != value],
    )
    marks = ", ".join("?" * (len(table.keys + table.values) + 3))
    connection.executemany(
        f"INSERT INTO {table.name} (team, first, until, {columns}) VALUES ({marks})",  # noqa: S608  constants
        [
            (team, number, OPEN_END, *key, *value)
            for key, value in wanted.items()
            if current.get(key) != value
        ],
    )
