"""Columns of entities that follow from others: coverage, the other task, and the status.

After any change, `refresh` brings them up to date for all tasks of one team; only rows that
differ are written.
"""

import sqlite3
from collections.abc import Callable
from typing import Any, NamedTuple

_FOLDERS_OF_MEMBERS = "('shared folder', 'app folder')"

# A member brings along what is mounted in the home, unless an admin deleted the backups of it.
_COVERAGE = f"""
SELECT id, level, coalesce(substr(best, 2), '') FROM (
  SELECT entity.id, entity.coverage, entity.covered_by,
    max(CASE WHEN member.paused_us IS NULL THEN 2 ELSE 1 END || member.id) AS best,
    coalesce(max(CASE WHEN member.id IS NULL THEN 0
      WHEN member.paused_us IS NULL THEN 2 ELSE 1 END), 0) AS level
  FROM entity INDEXED BY entity_by_name
  LEFT JOIN team_mount ON team_mount.connection = :connection
    AND team_mount.namespace = entity.namespace AND entity.archived_us IS NULL
  LEFT JOIN entity AS member ON member.task = entity.task AND member.identity = team_mount.member
    AND member.kind = 'member' AND member.is_activated AND member.archived_us IS NULL
    AND member.deleted_us IS NULL AND member.elsewhere = ''
  WHERE entity.task = :task AND entity.kind IN {_FOLDERS_OF_MEMBERS}
  GROUP BY entity.id
)
WHERE level <> coverage OR coalesce(substr(best, 2), '') <> covered_by
"""  # noqa: S608  constants

# Of several tasks that want the same, the one that wanted it first has it.
_ELSEWHERE = """
SELECT id, found FROM (
  SELECT entity.id, entity.elsewhere, coalesce((
    SELECT other.task FROM entity AS other INDEXED BY entity_by_namespace
    JOIN task ON task.id = other.task
    WHERE other.namespace = entity.namespace AND other.task <> entity.task
      AND task.connection = :connection AND task.deleted_us IS NULL
      AND other.archived_us IS NULL AND other.deleted_us IS NULL
      AND (other.is_activated OR other.coverage > 0)
      AND (NOT (entity.is_activated OR entity.coverage > 0)
        OR (entity.is_activated AND other.is_activated
          AND (other.activated_us, other.id) < (entity.activated_us, entity.id)))
    ORDER BY other.activated_us IS NULL, other.activated_us, other.id LIMIT 1
  ), '') AS found
  FROM entity INDEXED BY entity_by_name WHERE entity.task = :task
)
WHERE found <> elsewhere
"""
_ELSEWHERE_OF_AN_ONLY_TASK = (
    "SELECT id, '' FROM entity INDEXED BY entity_by_name WHERE task = :task AND elsewhere <> ''"
)


class EntityFacts(NamedTuple):
    """What an entity's status follows from."""

    is_deleted: bool
    is_archived: bool
    is_at_work: bool
    is_activated: bool
    is_paused: bool
    is_task_paused: bool
    coverage: int
    is_elsewhere: bool
    has_backup: bool


_FACTS = (
    "SELECT entity.id, status, entity.deleted_us IS NOT NULL, archived_us IS NOT NULL, job <> '',"
    " is_activated, entity.paused_us IS NOT NULL, task.paused_us IS NOT NULL, coverage,"
    " elsewhere <> '', first_backup_us IS NOT NULL"
    " FROM entity JOIN task ON task.id = entity.task WHERE entity.task = ?"
)


def refresh(
    connection: sqlite3.Connection, connection_id: str, status_of: Callable[[EntityFacts], str]
) -> int:
    """Bring the derived columns of a team's entities up to date; how many changed their status."""
    tasks = [
        row[0]
        for row in connection.execute(
            "SELECT id FROM task WHERE connection = ? AND deleted_us IS NULL", (connection_id,)
        )
    ]
    # Who has a member decides what the member's folders are covered by, and that in turn who
    # has the folders.
    _refresh_elsewhere(connection, connection_id, tasks)
    for task in tasks:
        found = connection.execute(_COVERAGE, {"connection": connection_id, "task": task})
        _set(connection, "coverage = ?, covered_by = ?", found.fetchall())
    _refresh_elsewhere(connection, connection_id, tasks)
    return sum(_refresh_status(connection, task, status_of) for task in tasks)


def _refresh_elsewhere(
    connection: sqlite3.Connection, connection_id: str, tasks: list[str]
) -> None:
    query = _ELSEWHERE if len(tasks) > 1 else _ELSEWHERE_OF_AN_ONLY_TASK
    for task in tasks:
        found = connection.execute(query, {"connection": connection_id, "task": task})
        _set(connection, "elsewhere = ?", found.fetchall())


def _refresh_status(
    connection: sqlite3.Connection, task: str, status_of: Callable[[EntityFacts], str]
) -> int:
    # Few combinations of facts exist, so each is decided once.
    decided: dict[tuple[Any, ...], str] = {}
    changed = []
    for row in connection.execute(_FACTS, (task,)):
        facts = row[2:]
        if facts not in decided:
            decided[facts] = status_of(_facts(facts))
        if decided[facts] != row[1]:
            changed.append((row[0], decided[facts]))
    _set(connection, "status = ?", changed)
    return len(changed)


def _facts(row: tuple[int, ...]) -> EntityFacts:
    deleted, archived, at_work, activated, paused, task_paused, coverage, elsewhere, backup = row
    return EntityFacts(
        is_deleted=bool(deleted),
        is_archived=bool(archived),
        is_at_work=bool(at_work),
        is_activated=bool(activated),
        is_paused=bool(paused),
        is_task_paused=bool(task_paused),
        coverage=coverage,
        is_elsewhere=bool(elsewhere),
        has_backup=bool(backup),
    )


def _set(connection: sqlite3.Connection, assignment: str, rows: list[tuple[Any, ...]]) -> None:
    connection.executemany(
        f"UPDATE entity SET {assignment} WHERE id = ?",  # noqa: S608  constants
        [(*row[1:], row[0]) for row in rows],
    )
