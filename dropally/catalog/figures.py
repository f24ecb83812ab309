"""Counts of the whole appliance, for its metrics: no names, only ids and numbers."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from dropally.catalog.moments import from_micros_or_none

_TASKS = """
    SELECT task.id, task.last_success_us, schedule.next_due_us
    FROM task LEFT JOIN schedule ON schedule.task = task.id
    WHERE task.deleted_us IS NULL ORDER BY task.id
"""
_ENTITIES = """
    SELECT entity.task, entity.status, count(*), sum(entity.own_bytes),
      min(entity.last_backup_us)
    FROM entity JOIN task ON task.id = entity.task
    WHERE task.deleted_us IS NULL
    GROUP BY entity.task, entity.status ORDER BY entity.task, entity.status
"""


@dataclass(frozen=True)
class TaskFigures:
    """When a task last wrote a restore point, and when it runs next."""

    task_id: str
    last_success: datetime | None
    next_run: datetime | None


@dataclass(frozen=True)
class EntityFigures:
    """The entities of a task with one status. `oldest` is the least recent of their last backups."""

    task_id: str
    status: str
    count: int
    size_bytes: int
    oldest: datetime | None


def task_figures(connection: sqlite3.Connection) -> list[TaskFigures]:
    """Each task that is not deleted."""
    return [
        TaskFigures(row[0], from_micros_or_none(row[1]), from_micros_or_none(row[2]))
        for row in connection.execute(_TASKS)
    ]


def entity_figures(connection: sqlite3.Connection) -> list[EntityFigures]:
    """By task and status."""
    return [
        EntityFigures(row[0], row[1], row[2], row[3] or 0, from_micros_or_none(row[4]))
        for row in connection.execute(_ENTITIES)
    ]


def failed_mails(connection: sqlite3.Connection) -> dict[str, int]:
    """Mails that were given up, by kind."""
    return dict(
        connection.execute(
            "SELECT kind, count(*) FROM outbox WHERE state = 'failed' GROUP BY kind"
        ).fetchall()
    )
