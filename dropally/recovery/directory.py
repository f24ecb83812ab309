"""The entities of tasks, as `dropally.db` has them."""

import sqlite3

from dropally.auth.context import AuthContext
from dropally.catalog.connections import connection_by_id
from dropally.catalog.entities import EntityRow, entities_of_task, entity_by_id
from dropally.catalog.purge_marks import purged_until
from dropally.catalog.tasks import TaskRow, task_by_id
from dropally.common.errors import NotFoundError
from dropally.recovery.entities import RecoverableEntity


class TaskEntities:
    """Looks entities up in the tasks' tables. Safe for threads."""

    def __init__(self, auth: AuthContext) -> None:
        self._auth = auth

    def get(self, entity_id: str) -> RecoverableEntity:
        """One entity. Raises NotFoundError, also for one in the trash."""
        with self._auth.read() as connection:
            row = entity_by_id(connection, entity_id)
            task = task_by_id(connection, row.task_id) if row is not None else None
            if row is None or task is None:
                raise NotFoundError(f"there is no member or folder {entity_id}")
            if row.deleted is not None or task.deleted is not None:
                raise NotFoundError(
                    f"{row.name} is in the trash",
                    hint="take it out of the trash first, while its time is not over",
                )
            return _recoverable(connection, [row], task)[0]

    def of_task(self, task_id: str) -> list[RecoverableEntity]:
        """The entities of a task that were backed up and are not in the trash."""
        with self._auth.read() as connection:
            task = task_by_id(connection, task_id)
            if task is None or task.deleted is not None:
                raise NotFoundError(f"there is no task {task_id}")
            rows = [
                row
                for row in entities_of_task(connection, task_id)
                if row.deleted is None and row.first_backup is not None
            ]
            return _recoverable(connection, rows, task)


def _recoverable(
    connection: sqlite3.Connection, rows: list[EntityRow], task: TaskRow
) -> list[RecoverableEntity]:
    team = connection_by_id(connection, task.connection_id)
    team_id = team.team_id if team is not None else ""
    purged = purged_until(connection, team_id, task.storage_id)
    return [
        RecoverableEntity(
            id=row.id,
            task_id=task.id,
            task_name=task.name,
            name=row.email or row.name,
            kind=row.kind,
            namespace=row.namespace,
            member_id=row.identity if row.kind == "member" else "",
            team_id=team_id,
            storage_id=task.storage_id,
            is_archived=row.archived is not None,
            deleted_until=purged.get(row.namespace),
        )
        for row in rows
    ]
