"""Backup tasks: made, renamed, set."""

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
from dropally.catalog import entity_facts, holds, tasks
from dropally.catalog.tasks import TaskRow
from dropally.common.ids import new_id
from dropally.common.text import search_key
from dropally.jobs.runner import initiator_of
from dropally.protection import connections
from dropally.protection.context import ProtectionContext
from dropally.protection.due import set_task_plan, task_plan
from dropally.protection.job_requests import discovery_request
from dropally.protection.plan_words import in_words
from dropally.protection.plans import SchedulePlan
from dropally.protection.settings import (
    TaskSettings,
    check_task_settings,
    decode_settings,
    differences,
    encode_settings,
    keeps_less,
)
from dropally.protection.status import status_of
from dropally.protection.task_views import TaskView, existing, living, task_view

_LONGEST_NAME = 120


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
        if keeps_less(settings.retention, before.retention):
            # What it kept stays until the change can no longer be taken back (F60).
            until = now + ctx.policy().shrink_grace
            earlier = msgspec.json.encode(before.retention).decode()
            holds.keep_earlier(connection, task_id, earlier, until)
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
