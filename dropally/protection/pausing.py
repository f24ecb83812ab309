"""Putting tasks on pause, and ending pauses whose day has come (F72)."""

from datetime import datetime

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import entity_changes, tasks
from dropally.catalog.moments import to_micros
from dropally.protection.context import ProtectionContext
from dropally.protection.task_views import TaskView, existing, living, task_view
from dropally.protection.tasks import refresh, tell_change


def pause(
    ctx: ProtectionContext, actor: Actor, task_id: str, until: datetime | None = None
) -> TaskView:
    """Start no more runs of a task until then, or until somebody resumes it.

    A run under way goes on. Raises ForbiddenError, NotFoundError, FieldsError, StateError
    `task_deleted`.
    """
    require(ctx.auth, actor, Verb.TASK_PAUSE, Place(task_id))
    now = ctx.now()
    if until is not None and until <= now:
        raise FieldsError([("until", "lies in the past")])
    with ctx.write() as connection:
        row = living(connection, task_id)
        tasks.update_task(
            connection,
            row.id,
            {
                "paused_us": to_micros(row.paused or now),
                "paused_until_us": to_micros(until) if until else None,
            },
        )
        refresh(connection, row.connection_id)
        end = f" until {until:%Y-%m-%d %H:%M} UTC" if until else ""
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The backup task {row.name} was paused{end}.",
            service="dropbox",
            task=row.name,
            target=row.id,
        )
        view = task_view(ctx, connection, existing(connection, task_id))
    tell_change(ctx, task_id)
    return view


def resume(ctx: ProtectionContext, actor: Actor, task_id: str) -> TaskView:
    """Go on. Raises ForbiddenError, NotFoundError, StateError `not_paused`."""
    require(ctx.auth, actor, Verb.TASK_PAUSE, Place(task_id))
    with ctx.write() as connection:
        row = living(connection, task_id)
        if row.paused is None:
            raise StateError("not_paused", f"the task {row.name} is not paused")
        tasks.update_task(connection, row.id, {"paused_us": None, "paused_until_us": None})
        refresh(connection, row.connection_id)
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The backup task {row.name} was resumed.",
            service="dropbox",
            task=row.name,
            target=row.id,
        )
        view = task_view(ctx, connection, existing(connection, task_id))
    tell_change(ctx, task_id)
    return view


def resume_due(ctx: ProtectionContext) -> int:
    """End the pauses of tasks and entities whose day has come; how many. Cheap if there are none."""
    now = ctx.now()
    with ctx.read() as connection:
        is_due = tasks.tasks_to_resume(connection, now) or entity_changes.entities_to_resume(
            connection, now
        )
    if not is_due:
        return 0
    with ctx.write() as connection:
        ended = tasks.tasks_to_resume(connection, now)
        for row in ended:
            tasks.update_task(connection, row.id, {"paused_us": None, "paused_until_us": None})
        awake = entity_changes.entities_to_resume(connection, now)
        entity_changes.resume_entities(connection, [entity_id for _, entity_id in awake])
        changed = {row.id for row in ended} | {task_id for task_id, _ in awake}
        for team in {existing(connection, task_id).connection_id for task_id in changed}:
            refresh(connection, team)
    for task_id in sorted(changed):
        tell_change(ctx, task_id)
    return len(ended) + len(awake)
