"""What people do with entities: one, some, or all that match a filter (F68-F78)."""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, get_args

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import entity_changes
from dropally.catalog.entities import EntityRow, tasks_of_entities
from dropally.catalog.entity_lists import EntityFilter, matching_entities
from dropally.catalog.jobs import JobRow
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import NotFoundError
from dropally.protection.context import ProtectionContext
from dropally.protection.entities import EntityQuery, filter_of
from dropally.protection.found import FOLDERS_OF_MEMBERS
from dropally.protection.job_requests import named
from dropally.protection.mails import tell_of_deletion
from dropally.protection.reaching import reach_in_task
from dropally.protection.runs import request_backup
from dropally.protection.task_views import living
from dropally.protection.tasks import refresh, tell_change

Action = Literal["activate", "deactivate", "pause", "resume", "delete", "undelete"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_VERBS: dict[Action, Verb] = {
    "activate": Verb.ENTITY_ACTIVATE,
    "deactivate": Verb.ENTITY_ACTIVATE,
    "pause": Verb.TASK_PAUSE,
    "resume": Verb.TASK_PAUSE,
    "delete": Verb.ENTITY_DELETE,
    "undelete": Verb.ENTITY_DELETE,
}
_DONE: dict[Action, str] = {
    "activate": "activated",
    "deactivate": "deactivated",
    "pause": "paused",
    "resume": "resumed",
    "delete": "deleted",
    "undelete": "taken back from the trash",
}
_SHOWN = 100
_NAMED = 5


@dataclass(frozen=True)
class Selection:
    """Which entities of a task: these ids, or, without ids, all that match the query."""

    ids: tuple[str, ...] | None = None
    query: EntityQuery = field(default_factory=EntityQuery)


class Skipped(NamedTuple):
    """An entity that was left as it is, and why."""

    id: str
    name: str
    reason: str


@dataclass(frozen=True)
class ActionReport:
    """What became of a selection. `skipped` holds the first hundred of `skipped_total`."""

    changed: tuple[str, ...]
    skipped: tuple[Skipped, ...] = ()
    skipped_total: int = 0
    purge: datetime | None = None


def act(
    ctx: ProtectionContext,
    actor: Actor,
    task_id: str,
    action: Action,
    selection: Selection,
    *,
    until: datetime | None = None,
) -> ActionReport:
    """Do one thing to many entities, in one transaction.

    `until` ends a pause by itself. Entities for which the action makes no sense are skipped and
    told. Raises ForbiddenError, NotFoundError, FieldsError, StateError `task_deleted`.
    """
    now = ctx.now()
    if until is not None and (action != "pause" or until <= now):
        raise FieldsError([("until", "is for a pause, and lies in the future")])
    chosen = _authorised(ctx, actor, _VERBS[action], task_id, selection)
    with ctx.write() as connection:
        task = living(connection, task_id)
        rows = matching_entities(connection, chosen)
        reasons = [(row, _HINDRANCES[action](row)) for row in rows]
        fit = [row for row, reason in reasons if not reason]
        purge = now + ctx.policy().grace if action == "delete" else None
        _change(connection, action, [row.id for row in fit], now, until, purge)
        refresh(connection, task.connection_id)
        if fit:
            _record(connection, now, actor, task, action, fit, until)
            if purge is not None:
                _tell_of_deletion(ctx, connection, actor, task, fit, purge)
    if fit:
        _tell(ctx, task_id)
    skipped = [Skipped(row.id, row.name, reason) for row, reason in reasons if reason]
    return ActionReport(tuple(row.id for row in fit), tuple(skipped[:_SHOWN]), len(skipped), purge)


def run_selection(
    ctx: ProtectionContext, actor: Actor, task_id: str, selection: Selection
) -> JobRow:
    """Back up what is active in a selection now (F71). Raises as `runs.request_backup`."""
    chosen = _authorised(ctx, actor, Verb.TASK_RUN, task_id, selection)
    with ctx.read() as connection:
        living(connection, task_id)
        ids = [row.id for row in matching_entities(connection, chosen)]
    if not ids:
        raise NotFoundError("nothing matches", hint="choose at least one member or folder")
    return request_backup(ctx, actor, task_id, ids)


def _authorised(
    ctx: ProtectionContext, actor: Actor, verb: Verb, task_id: str, selection: Selection
) -> EntityFilter:
    """The selection, if the actor may do this to all of it; a query only finds what they reach."""
    with ctx.read() as connection:
        living(connection, task_id)
        reach = reach_in_task(connection, actor, verb, task_id)
        if selection.ids is not None:
            _check_ids(connection, task_id, selection.ids)
    if selection.ids is not None:
        within = reach.entity_ids
        outside = [one for one in selection.ids if within is not None and one not in within]
        for entity_id in outside or selection.ids[:1]:
            require(ctx.auth, actor, verb, Place(task_id, entity_id))
        return EntityFilter(task_id, ids=selection.ids)
    # Asked for one place that is reached, it still says whether the password is needed again.
    place = Place(task_id, reach.entity_ids[0] if reach.entity_ids else "")
    require(ctx.auth, actor, verb, place)
    return filter_of(task_id, selection.query, reach)


def _check_ids(connection: sqlite3.Connection, task_id: str, ids: Sequence[str]) -> None:
    if not ids:
        raise FieldsError([("ids", "name at least one entity")])
    known = {one for one, task in tasks_of_entities(connection, ids) if task == task_id}
    missing = [one for one in ids if one not in known]
    if missing:
        shown = named(missing[:_NAMED], max(0, len(missing) - _NAMED))
        raise NotFoundError(f"the task has no entity {shown}")


# -- what an action makes sense for --------------------------------------------------------


def _cannot_activate(row: EntityRow) -> str:
    if row.deleted is not None:
        return "it is in the trash: undo the deletion first"
    if row.archived is not None:
        return "it has left the team"
    if row.elsewhere and not row.is_activated:
        return "another task backs it up"
    return "it is active already" if row.is_activated else ""


def _cannot_deactivate(row: EntityRow) -> str:
    if row.deleted is not None:
        return "it is in the trash"
    if row.is_activated:
        return ""
    if row.covered_by and row.kind in FOLDERS_OF_MEMBERS:
        return "it is backed up with a member who mounts it"
    return "it is not active"


def _cannot_pause(row: EntityRow) -> str:
    if row.deleted is not None:
        return "it is in the trash"
    if not row.is_activated:
        return "it is not active"
    return ""


def _cannot_resume(row: EntityRow) -> str:
    return "" if row.paused is not None else "it is not paused"


def _cannot_delete(row: EntityRow) -> str:
    if row.deleted is not None:
        return "it is in the trash already"
    if not row.is_activated and row.first_backup is None:
        return "there is nothing to delete: it was never backed up"
    return ""


def _cannot_undelete(row: EntityRow) -> str:
    return "" if row.deleted is not None else "it is not in the trash"


_HINDRANCES: dict[Action, Callable[[EntityRow], str]] = {
    "activate": _cannot_activate,
    "deactivate": _cannot_deactivate,
    "pause": _cannot_pause,
    "resume": _cannot_resume,
    "delete": _cannot_delete,
    "undelete": _cannot_undelete,
}


# -- doing it ------------------------------------------------------------------------------


def _change(
    connection: sqlite3.Connection,
    action: Action,
    ids: Sequence[str],
    now: datetime,
    until: datetime | None,
    purge: datetime | None,
) -> None:
    match action:
        case "activate":
            entity_changes.activate_entities(connection, ids, now)
        case "deactivate":
            entity_changes.deactivate_entities(connection, ids)
        case "pause":
            entity_changes.pause_entities(connection, ids, now, until)
        case "resume":
            entity_changes.resume_entities(connection, ids)
        case "delete":
            entity_changes.put_into_trash(connection, ids, now, purge or now)
        case "undelete":
            entity_changes.take_from_trash(connection, ids)


def _record(
    connection: sqlite3.Connection,
    now: datetime,
    actor: Actor,
    task: TaskRow,
    action: Action,
    fit: Sequence[EntityRow],
    until: datetime | None,
) -> None:
    is_deletion = action == "delete"
    kept = [{"id": row.id, "name": row.name} for row in fit[:_SHOWN]]
    details: dict[str, object] = {"action": action, "count": len(fit), "entities": kept}
    if until is not None:
        details["until"] = until.isoformat()
    audit.record(
        connection,
        now,
        actor,
        audit.Activity.BACKUP_DELETED if is_deletion else audit.Activity.SETTINGS_CHANGED,
        f"{_names(fit)} of the backup task {task.name}: {_DONE[action]}.",
        service="dropbox",
        task=task.name,
        target=fit[0].id if len(fit) == 1 else task.id,
        details=details,
    )


def _tell_of_deletion(
    ctx: ProtectionContext,
    connection: sqlite3.Connection,
    actor: Actor,
    task: TaskRow,
    fit: Sequence[EntityRow],
    purge: datetime,
) -> None:
    tell_of_deletion(
        ctx,
        connection,
        what=f"{_names(fit)} of the backup task {task.name}",
        by=actor.label,
        gone_at=purge,
        path=f"/tasks/{task.id}?status=Deleted",
    )


def _names(fit: Sequence[EntityRow]) -> str:
    return named([row.name for row in fit[:_NAMED]], max(0, len(fit) - _NAMED))


def _tell(ctx: ProtectionContext, task_id: str) -> None:
    ctx.events.publish("entity_changed", {"task_id": task_id}, task_id=task_id, needs="task.read")
    tell_change(ctx, task_id)
