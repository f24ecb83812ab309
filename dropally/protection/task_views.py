"""Backup tasks as people see them: one, and lists."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from dropally.auth.actors import Actor, Place
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import tasks
from dropally.catalog.entity_lists import StatusCount, count_by_status, task_totals
from dropally.catalog.moments import from_micros_or_none
from dropally.catalog.tasks import TaskFilter, TaskRow
from dropally.common.errors import NotFoundError
from dropally.common.text import search_key
from dropally.protection import connections
from dropally.protection.context import ProtectionContext
from dropally.protection.due import task_plan
from dropally.protection.plan_words import in_words
from dropally.protection.plans import SchedulePlan
from dropally.protection.reaching import TaskReach, reach_in_task, visible_tasks
from dropally.protection.settings import TaskSettings, decode_settings

TaskState = Literal["active", "paused", "deleted"]


class TaskView(msgspec.Struct, frozen=True, kw_only=True):
    """A task as people see it. `counts` and totals are of what the reader may see of it."""

    id: str
    name: str
    state: TaskState
    service: str
    connection: connections.ConnectionView
    storage_id: str
    region_label: str
    settings: TaskSettings
    modno: int
    plan: SchedulePlan
    plan_words: str
    next_run: datetime | None
    created: datetime
    synced: datetime | None
    paused: datetime | None
    paused_until: datetime | None
    deleted: datetime | None
    purge: datetime | None
    last_job: str
    last_run: datetime | None
    last_outcome: str
    last_success: datetime | None
    entities: int
    counts: dict[str, int]
    files: int
    bytes: int
    first_backup: datetime | None
    oldest_last_backup: datetime | None


def existing(connection: sqlite3.Connection, task_id: str) -> TaskRow:
    """The task with this id, in the trash or not. Raises NotFoundError."""
    row = tasks.task_by_id(connection, task_id)
    if row is None:
        raise NotFoundError(f"there is no task {task_id}")
    return row


def living(connection: sqlite3.Connection, task_id: str) -> TaskRow:
    """The task, unless it is in the trash. Raises NotFoundError, StateError `task_deleted`."""
    row = existing(connection, task_id)
    if row.deleted is not None:
        raise StateError(
            "task_deleted", f"the task {row.name} is in the trash", hint="undo the deletion first"
        )
    return row


def get_task(ctx: ProtectionContext, actor: Actor, task_id: str) -> TaskView:
    """One task. Raises ForbiddenError, NotFoundError."""
    with ctx.read() as connection:
        row = existing(connection, task_id)
        reach = reach_in_task(connection, actor, Verb.TASK_READ, task_id)
    if reach.is_empty:
        require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    with ctx.read() as connection:
        return task_view(ctx, connection, row, reach)


@dataclass(frozen=True)
class TaskQuery:
    """Which tasks a list shows: by a part of the name, of one team, in the trash."""

    name_part: str = ""
    connection_id: str = ""
    in_trash: bool = False


def list_tasks(
    ctx: ProtectionContext,
    actor: Actor,
    query: TaskQuery,
    *,
    after: tuple[str, str] | None = None,
    limit: int = 100,
) -> list[TaskView]:
    """Tasks by name, as far as the actor may see them; `after` as `mark_of` gave it."""
    with ctx.read() as connection:
        wanted = TaskFilter(
            search_key(query.name_part),
            query.connection_id,
            query.in_trash,
            visible_tasks(connection, actor, Verb.TASK_READ),
        )
        return [
            task_view(
                ctx, connection, row, reach_in_task(connection, actor, Verb.TASK_READ, row.id)
            )
            for row in tasks.list_tasks(connection, wanted, after=after, limit=limit)
        ]


def mark_of(view: TaskView) -> tuple[str, str]:
    """Where a page that ends with this task ended."""
    return search_key(view.name), view.id


def task_view(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    row: TaskRow,
    reach: TaskReach | None = None,
) -> TaskView:
    """A row as people see it."""
    entity_ids = None if reach is None else reach.entity_ids
    totals = task_totals(connection, row.id, entity_ids)
    plan, schedule = task_plan(connection, row.id)
    team = connections.existing(connection, row.connection_id)
    state: TaskState = "deleted" if row.deleted else "paused" if row.paused else "active"
    return TaskView(
        id=row.id,
        name=row.name,
        state=state,
        service="dropbox",
        connection=connections.connection_view(connection, team, ctx.now()),
        storage_id=row.storage_id,
        region_label=_label(ctx, row.storage_id),
        settings=decode_settings(row.settings),
        modno=row.modno,
        plan=plan,
        plan_words=in_words(plan),
        next_run=schedule.next_due if state == "active" else None,
        created=row.created,
        synced=row.synced,
        paused=row.paused,
        paused_until=row.paused_until,
        deleted=row.deleted,
        purge=row.purge,
        last_job=row.last_job,
        last_run=row.last_run,
        last_outcome=row.last_outcome,
        last_success=row.last_success,
        entities=totals.entities,
        counts=_by_status(count_by_status(connection, row.id, entity_ids)),
        files=totals.files,
        bytes=totals.bytes,
        first_backup=from_micros_or_none(totals.first_backup_us),
        oldest_last_backup=from_micros_or_none(totals.oldest_last_backup_us),
    )


def _by_status(counts: list[StatusCount]) -> dict[str, int]:
    found: dict[str, int] = {}
    for count in counts:
        found[count.status] = found.get(count.status, 0) + count.entities
    return found


def _label(ctx: ProtectionContext, storage_id: str) -> str:
    """The region; of a storage that was taken out of the configuration, only its id is known."""
    try:
        return ctx.storages.label(storage_id)
    except NotFoundError:
        return f"{storage_id} (not configured)"
