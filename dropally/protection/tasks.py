"""Backup tasks: made, looked at, renamed, set."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import entity_facts, tasks
from dropally.catalog.entity_lists import StatusCount, count_by_status, task_totals
from dropally.catalog.moments import from_micros_or_none
from dropally.catalog.tasks import TaskFilter, TaskRow
from dropally.common.errors import NotFoundError
from dropally.common.ids import new_id
from dropally.common.text import search_key
from dropally.protection import connections
from dropally.protection.context import ProtectionContext, initiator_of
from dropally.protection.due import set_task_plan, task_plan
from dropally.protection.job_requests import discovery_request
from dropally.protection.plan_words import in_words
from dropally.protection.plans import SchedulePlan
from dropally.protection.reaching import TaskReach, reach_in_task, visible_tasks
from dropally.protection.settings import (
    TaskSettings,
    check_task_settings,
    decode_settings,
    differences,
    encode_settings,
    keeps_less,
)
from dropally.protection.status import status_of

_LONGEST_NAME = 120
TaskState = Literal["active", "paused", "deleted"]


@dataclass(frozen=True)
class TaskForm:
    """What is asked for a new task. `settings` and `plan` None take the defaults.

    `activate`: what of the team is backed up from the start; what comes later follows the
    settings.
    """

    name: str
    connection_id: str
    storage_id: str = ""
    settings: TaskSettings | None = None
    plan: SchedulePlan | None = None
    activate: Literal["none", "all"] = "none"


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


def create(ctx: ProtectionContext, actor: Actor, form: TaskForm) -> TaskView:
    """Make a task and look at the team for it (F39-F45).

    Raises ForbiddenError, FieldsError, NotFoundError for the connection or the storage.
    """
    require(ctx.auth, actor, Verb.TASK_CREATE)
    storage_id = form.storage_id or ctx.storages.default_id
    ctx.storages.label(storage_id)
    policy, now, task_id = ctx.policy(), ctx.now(), new_id("tsk_")
    settings = form.settings or policy.new_task
    check_task_settings(settings)
    with ctx.write() as connection:
        team = connections.existing(connection, form.connection_id)
        name = free_name(connection, form.name)
        tasks.insert_task(
            connection,
            task_id,
            name=name,
            name_key=search_key(name),
            connection_id=team.id,
            storage_id=storage_id,
            settings=encode_settings(settings),
            first_activation=form.activate,
            created=now,
        )
        plan = set_task_plan(connection, task_id, form.plan or policy.new_plan, now)
        ctx.runner.submit(discovery_request(team, initiator_of(actor)), connection)
        audit.record(
            connection,
            now,
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The backup task {name} was created.",
            service="dropbox",
            task=name,
            target=task_id,
            details={"team": team.team_name, "storage": storage_id, "plan": in_words(plan)},
        )
        view = task_view(ctx, connection, existing(connection, task_id))
    ctx.runner.wake()
    tell_change(ctx, task_id)
    return view


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


# -- looking -------------------------------------------------------------------------------


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


# -- setting -------------------------------------------------------------------------------


def rename(ctx: ProtectionContext, actor: Actor, task_id: str, name: str) -> TaskView:
    """Give a task another name; its id stays (F42, F47).

    Raises ForbiddenError, NotFoundError, FieldsError.
    """
    require(ctx.auth, actor, Verb.TASK_SETTINGS, Place(task_id))
    with ctx.write() as connection:
        row = living(connection, task_id)
        name = free_name(connection, name, task_id)
        tasks.update_task(connection, task_id, {"name": name, "name_key": search_key(name)})
        audit.record(
            connection,
            ctx.now(),
            actor,
            audit.Activity.SETTINGS_CHANGED,
            f"The backup task {row.name} was renamed to {name}.",
            service="dropbox",
            task=name,
            target=task_id,
            details={"name": [row.name, name]},
        )
        view = task_view(ctx, connection, existing(connection, task_id))
    tell_change(ctx, task_id)
    return view


def change_settings(
    ctx: ProtectionContext,
    actor: Actor,
    task_id: str,
    settings: TaskSettings,
    plan: SchedulePlan | None = None,
    *,
    expected_modno: int | None = None,
) -> TaskView:
    """Save a task's settings, and its plan if one is given (F65).

    `expected_modno`: what the editor was shown. Raises ForbiddenError (keeping less than before
    needs more than other settings), NotFoundError, FieldsError, StateError `changed_meanwhile`.
    """
    require(ctx.auth, actor, Verb.TASK_SETTINGS, Place(task_id))
    check_task_settings(settings)
    with ctx.read() as connection:
        before = decode_settings(living(connection, task_id).settings)
    if keeps_less(settings.retention, before.retention):
        require(ctx.auth, actor, Verb.RETENTION_SHRINK, Place(task_id))
    now = ctx.now()
    with ctx.write() as connection:
        row = living(connection, task_id)
        if expected_modno not in (None, row.modno) or decode_settings(row.settings) != before:
            raise StateError(
                "changed_meanwhile",
                f"somebody else changed the settings of {row.name}",
                hint="look at them again, then save",
            )
        changes = differences(before, settings)
        if plan is not None:
            changes |= _change_plan(connection, task_id, plan, now)
        if changes:
            _save(connection, row, settings, changes, actor, now)
        view = task_view(ctx, connection, existing(connection, task_id))
    tell_change(ctx, task_id)
    return view


def _change_plan(
    connection: sqlite3.Connection, task_id: str, plan: SchedulePlan, now: datetime
) -> dict[str, object]:
    before, _ = task_plan(connection, task_id)
    wanted = msgspec.structs.replace(
        plan, spread_key=before.spread_key, anchor=plan.anchor or before.anchor
    )
    if wanted == before:
        return {}
    after = set_task_plan(connection, task_id, plan, now)
    return {"plan": [in_words(before), in_words(after)]}


def _save(
    connection: sqlite3.Connection,
    row: TaskRow,
    settings: TaskSettings,
    changes: dict[str, object],
    actor: Actor,
    now: datetime,
) -> None:
    tasks.update_task(
        connection, row.id, {"settings": encode_settings(settings), "modno": row.modno + 1}
    )
    audit.record(
        connection,
        now,
        actor,
        audit.Activity.SETTINGS_CHANGED,
        f"Settings of the backup task {row.name} were changed: {', '.join(changes)}.",
        service="dropbox",
        task=row.name,
        target=row.id,
        details=changes,
    )


def free_name(connection: sqlite3.Connection, name: str, own_id: str = "") -> str:
    """The name, trimmed. Raises FieldsError if it cannot be used."""
    name = " ".join(name.split())
    if not search_key(name):
        raise FieldsError([("name", "a task needs a name")])
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise FieldsError([("name", f"up to {_LONGEST_NAME} printable characters")])
    other = tasks.task_by_name(connection, search_key(name))
    if other is not None and other.id != own_id:
        raise FieldsError([("name", f"the task {other.name} has this name already")])
    return name


def storage_is_fixed(view: TaskView) -> StateError:
    """Why a task cannot be given another storage (F56, F61)."""
    return StateError(
        "storage_fixed",
        f"the backups of {view.name} lie in the storage {view.storage_id}, which cannot be changed"
        " here",
        hint="moving backups to another storage is a migration of the storage; or make a new task"
        " with the other storage",
    )


def refresh(connection: sqlite3.Connection, connection_id: str) -> int:
    """Bring the statuses of a team's entities up to date; how many changed."""
    return entity_facts.refresh(connection, connection_id, status_of)


def tell_change(ctx: ProtectionContext, task_id: str) -> None:
    """Let screens know."""
    ctx.events.publish("task_changed", {"id": task_id}, task_id=task_id, needs="task.read")
