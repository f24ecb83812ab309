"""Pages of a task's entities: filtered, ordered, and counted by status."""

import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from dropally.catalog.entities import SELECT_ENTITY, EntityRow, as_entity
from dropally.catalog.moments import to_micros
from dropally.catalog.team_groups import IN_GROUPS

SortBy = Literal["name", "size", "last_backup"]
_COLUMN: dict[SortBy, str] = {
    "name": "name_key",
    "size": "bytes",
    "last_backup": "coalesce(last_backup_us, 0)",
}
_INDEX: dict[SortBy, str] = {
    "name": "entity_by_name",
    "size": "entity_by_size",
    "last_backup": "entity_by_last_backup",
}
_AT_ONCE = 500


@dataclass(frozen=True)
class EntityFilter:
    """Which entities of a task. Empty values do not narrow; `ids` None does not either.

    `groups`: members of any of these, by id or by name in its search form.
    """

    task_id: str
    statuses: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    name_part: str = ""
    ids: Sequence[str] | None = None
    groups: tuple[str, ...] = ()


class EntityMark(NamedTuple):
    """Where a page ended: what the last row was sorted by, and its id."""

    value: str | int
    id: str


def _conditions(wanted: EntityFilter) -> tuple[list[str], list[Any]]:
    conditions, values = ["task = ?"], [wanted.task_id]
    for column, chosen in (("status", wanted.statuses), ("kind", wanted.kinds)):
        if chosen:
            conditions.append(f"{column} IN ({', '.join('?' * len(chosen))})")
            values.extend(chosen)
    if wanted.name_part:
        conditions.append("instr(search_key, ?) > 0")
        values.append(wanted.name_part)
    if wanted.ids is not None:
        conditions.append("id IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(list(wanted.ids)))
    if wanted.groups:
        conditions.append(IN_GROUPS)
        values.extend([json.dumps(wanted.groups)] * 2)
    return conditions, values


def list_entities(
    connection: sqlite3.Connection,
    wanted: EntityFilter,
    *,
    by: SortBy = "name",
    descending: bool = False,
    after: EntityMark | None = None,
    limit: int = _AT_ONCE,
) -> list[EntityRow]:
    """The next page. Every page begins behind the last row of the one before, in an index."""
    conditions, values = _conditions(wanted)
    column, direction, comparison = _COLUMN[by], "ASC", ">"
    if descending:
        direction, comparison = "DESC", "<"
    if after is not None:
        conditions.append(f"({column}, id) {comparison} (?, ?)")
        values.extend(after)
    # One status is one stretch of its own index; several would need sorting.
    index = "entity_by_status" if by == "name" and len(wanted.statuses) == 1 else _INDEX[by]
    rows = connection.execute(
        f"{SELECT_ENTITY} INDEXED BY {index} WHERE {' AND '.join(conditions)}"
        f" ORDER BY {column} {direction}, id {direction} LIMIT ?",
        (*values, limit),
    )
    return [as_entity(row) for row in rows]


def mark_of(row: EntityRow, by: SortBy) -> EntityMark:
    """Where a page that ends with this row ended."""
    if by == "size":
        return EntityMark(row.bytes, row.id)
    if by == "last_backup":
        return EntityMark(to_micros(row.last_backup) if row.last_backup else 0, row.id)
    return EntityMark(row.name_key, row.id)


def matching_entities(connection: sqlite3.Connection, wanted: EntityFilter) -> list[EntityRow]:
    """All that match, however many: for acting on them."""
    conditions, values = _conditions(wanted)
    rows = connection.execute(
        f"{SELECT_ENTITY} WHERE {' AND '.join(conditions)} ORDER BY name_key, id", values
    )
    return [as_entity(row) for row in rows]


def count_entities(connection: sqlite3.Connection, wanted: EntityFilter) -> int:
    """How many match."""
    conditions, values = _conditions(wanted)
    row = connection.execute(
        f"SELECT count(*) FROM entity WHERE {' AND '.join(conditions)}",  # noqa: S608  constants
        values,
    ).fetchone()
    return int(row[0])


class StatusCount(NamedTuple):
    """How many entities of a kind have a status."""

    status: str
    kind: str
    entities: int


def count_by_status(
    connection: sqlite3.Connection, task_id: str, entity_ids: Sequence[str] | None = None
) -> list[StatusCount]:
    """How many of each kind have each status; of a task, or of some of its entities."""
    conditions, values = _conditions(EntityFilter(task_id, ids=entity_ids))
    rows = connection.execute(
        "SELECT status, kind, count(*) FROM entity"  # noqa: S608  constants
        f" WHERE {' AND '.join(conditions)} GROUP BY status, kind",
        values,
    )
    return [StatusCount(*row) for row in rows]


class TaskTotals(NamedTuple):
    """What a task holds. Times in microseconds; None before the first backup.

    `oldest_last_backup_us` is about entities that are to be backed up: how stale the stalest is.
    """

    entities: int
    with_backup: int
    files: int
    bytes: int
    first_backup_us: int | None
    last_backup_us: int | None
    oldest_last_backup_us: int | None


def task_totals(
    connection: sqlite3.Connection, task_id: str, entity_ids: Sequence[str] | None = None
) -> TaskTotals:
    """Sums over a task's entities, or over some of them. A folder that members mount counts once."""
    conditions, values = _conditions(EntityFilter(task_id, ids=entity_ids))
    row = connection.execute(
        "SELECT count(*), count(first_backup_us), coalesce(sum(own_files), 0),"  # noqa: S608  constants
        " coalesce(sum(own_bytes), 0), min(first_backup_us), max(last_backup_us),"
        " min(CASE WHEN status IN ('Active', 'In Process') THEN last_backup_us END)"
        f" FROM entity WHERE {' AND '.join(conditions)}",
        values,
    ).fetchone()
    return TaskTotals(*row)
