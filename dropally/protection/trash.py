"""Deleting tasks: with a preview, a time of grace in which it can be undone, and an end (F73-F75).

After the grace the rows of a task are gone and its backups are no longer shown. The space in the
repository is given back by pruning, which is not part of this room.
"""

import sqlite3
from contextlib import suppress
from datetime import datetime

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import connections as team_rows
from dropally.catalog import entities, entity_changes, purge_marks, tasks
from dropally.catalog.entities import EntityRow
from dropally.catalog.entity_discovery import remove_entities
from dropally.catalog.entity_lists import count_by_status, task_totals
from dropally.catalog.entity_runs import jobs_at_work
from dropally.catalog.jobs import unfinished_twin
from dropally.catalog.moments import from_micros_or_none, to_micros
from dropally.catalog.points import points_between
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import ConflictError, NotFoundError
from dropally.common.text import search_key
from dropally.jobs.runner import initiator_of
from dropally.protection.context import ProtectionContext
from dropally.protection.holds import refuse_if_held
from dropally.protection.job_requests import whole_backup_key
from dropally.protection.mails import tell_of_deletion
from dropally.protection.task_views import TaskView, existing, living, task_view
from dropally.protection.tasks import free_name, refresh, tell_change

_MOST_COUNTED = 10_000


class DeletePreview(msgspec.Struct, frozen=True, kw_only=True):
    """What is lost if a task is deleted. `points` are restore points that hold something of it."""

    task_id: str
    name: str
    entities: int
    entities_with_backup: int
    points: int
    files: int
    bytes: int
    oldest: datetime | None
    newest: datetime | None
    purge: datetime


def preview(ctx: ProtectionContext, actor: Actor, task_id: str) -> DeletePreview:
    """What deleting a task now would mean. Raises ForbiddenError, NotFoundError, StateError."""
    require(ctx.auth, actor, Verb.TASK_READ, Place(task_id))
    with ctx.read() as connection:
        row = living(connection, task_id)
        totals = task_totals(connection, task_id)
        team = team_rows.connection_by_id(connection, row.connection_id)
    oldest = from_micros_or_none(totals.first_backup_us)
    newest = from_micros_or_none(totals.last_backup_us)
    points = _points(ctx, row, team.team_id, oldest, newest) if team and oldest and newest else 0
    return DeletePreview(
        task_id=row.id,
        name=row.name,
        entities=totals.entities,
        entities_with_backup=totals.with_backup,
        points=points,
        files=totals.files,
        bytes=totals.bytes,
        oldest=oldest,
        newest=newest,
        purge=ctx.now() + ctx.policy().grace,
    )


def _points(
    ctx: ProtectionContext, row: TaskRow, team_id: str, oldest: datetime, newest: datetime
) -> int:
    with ctx.storages.catalog(row.storage_id).read() as catalog:
        return len(points_between(catalog, team_id, oldest, newest, limit=_MOST_COUNTED))


def delete(ctx: ProtectionContext, actor: Actor, task_id: str, typed_name: str) -> TaskView:
    """Put a task into the trash. Nothing is lost before the grace ends; no run starts any more.

    `typed_name`: the task's name, as a person typed it to be sure. Raises ForbiddenError,
    NotFoundError, FieldsError, StateError `task_deleted`, `held`.
    """
    require(ctx.auth, actor, Verb.TASK_DELETE, Place(task_id))
    refuse_if_held(ctx, task_id)
    now = ctx.now()
    with ctx.write() as connection:
        row = living(connection, task_id)
        if search_key(typed_name.strip()) != search_key(row.name):
            raise FieldsError([("name", f"type the task's name to delete it: {row.name}")])
        purge = now + ctx.policy().grace
        tasks.update_task(
            connection,
            row.id,
            {
                "deleted_us": to_micros(now),
                "purge_us": to_micros(purge),
                "deleted_by": actor.label,
            },
        )
        _end_runs(connection, ctx, actor, task_id)
        refresh(connection, row.connection_id)
        _record_deletion(connection, ctx, actor, row, purge)
        view = task_view(ctx, connection, existing(connection, task_id))
    ctx.runner.wake()
    tell_change(ctx, task_id)
    return view


def _end_runs(
    connection: sqlite3.Connection, ctx: ProtectionContext, actor: Actor, task_id: str
) -> None:
    unfinished = set(jobs_at_work(connection, task_id))
    waiting = unfinished_twin(connection, whole_backup_key(task_id))
    if waiting is not None:
        unfinished.add(waiting.id)
    for job_id in unfinished:
        # It may have ended just now; then there is nothing to cancel.
        with suppress(ConflictError, NotFoundError):
            ctx.runner.cancel(job_id, initiator_of(actor), connection)


def _record_deletion(
    connection: sqlite3.Connection,
    ctx: ProtectionContext,
    actor: Actor,
    row: TaskRow,
    purge: datetime,
) -> None:
    until = f"{purge:%Y-%m-%d %H:%M} UTC"
    counts = count_by_status(connection, row.id)
    audit.record(
        connection,
        ctx.now(),
        actor,
        audit.Activity.BACKUP_DELETED,
        f"The backup task {row.name} was deleted; this can be undone until {until}.",
        service="dropbox",
        task=row.name,
        target=row.id,
        details={"entities": sum(count.entities for count in counts), "until": until},
    )
    tell_of_deletion(
        ctx,
        connection,
        what=f"the backup task {row.name}",
        by=actor.label,
        gone_at=purge,
        path="/tasks?trash=true",
    )


def undelete(ctx: ProtectionContext, actor: Actor, task_id: str, new_name: str = "") -> TaskView:
    """Take a task back from the trash; with another name where its own is taken by now.

    Raises ForbiddenError, NotFoundError, FieldsError, StateError `not_deleted`.
    """
    require(ctx.auth, actor, Verb.TASK_DELETE, Place(task_id))
    with ctx.write() as connection:
        row = existing(connection, task_id)
        if row.deleted is None:
            raise StateError("not_deleted", f"the task {row.name} is not in the trash")
        name = free_name(connection, new_name or row.name, row.id)
        tasks.update_task(
            connection,
            row.id,
            {
                "name": name,
                "name_key": search_key(name),
                "deleted_us": None,
                "purge_us": None,
                "deleted_by": "",
            },
        )
        refresh(connection, row.connection_id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.BACKUP_DELETED,
            f"The deletion of the backup task {name} was undone.",
            service="dropbox",
            task=name,
            target=row.id,
        )
        view = task_view(ctx, connection, existing(connection, task_id))
    tell_change(ctx, task_id)
    return view


# -- when the grace has ended --------------------------------------------------------------


def purge_due(ctx: ProtectionContext) -> int:
    """Remove for good what was deleted longer ago than the grace; how many tasks and entities."""
    now = ctx.now()
    with ctx.write() as connection:
        ended = tasks.tasks_to_purge(connection, now)
        for task in ended:
            rows = entities.entities_of_task(connection, task.id)
            _mark_purged(connection, task, rows, task.deleted or now)
            tasks.delete_task(connection, task.id)
        gone = entity_changes.entities_to_purge(connection, now)
        _purge_entities(connection, gone, now)
    for task_id in {row.task_id for row in gone}:
        tell_change(ctx, task_id)
    return len(ended) + len(gone)


def _purge_entities(connection: sqlite3.Connection, gone: list[EntityRow], now: datetime) -> None:
    for task_id in {row.task_id for row in gone}:
        task = existing(connection, task_id)
        of_task = [row for row in gone if row.task_id == task_id]
        _mark_purged(connection, task, of_task, now)
        # What is still in the team can be activated anew; the rest has no reason to be listed.
        entity_changes.forget_backups(
            connection, [row.id for row in of_task if row.archived is None]
        )
        remove_entities(connection, [row.id for row in of_task if row.archived])
        refresh(connection, task.connection_id)


def _mark_purged(
    connection: sqlite3.Connection, task: TaskRow, rows: list[EntityRow], until: datetime
) -> None:
    """Their backups are not to be shown again, unless another task has backups of the same."""
    team = team_rows.connection_by_id(connection, task.connection_id)
    if team is None:
        return
    backed_up = [row for row in rows if row.first_backup is not None]
    shared = purge_marks.backed_up_by_others(
        connection, [row.namespace for row in backed_up], task.id, task.storage_id
    )
    namespaces = [row.namespace for row in backed_up if row.namespace not in shared]
    purge_marks.mark_purged(connection, team.team_id, task.storage_id, namespaces, until)
