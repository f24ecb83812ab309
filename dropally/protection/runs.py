"""Asking for a backup, and which namespaces a run is about."""

import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime

from dropally.auth import audit
from dropally.auth.actors import Actor, Place
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import entity_runs, jobs
from dropally.catalog.connections import ConnectionRow
from dropally.catalog.entities import entity_by_id
from dropally.catalog.entity_runs import RunTarget
from dropally.catalog.jobs import JobRow
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import NotFoundError
from dropally.jobs.runner import initiator_of
from dropally.protection import connections
from dropally.protection.context import ProtectionContext
from dropally.protection.job_requests import (
    BackupParams,
    backup_request,
    named,
    whole_backup_key,
)
from dropally.protection.task_views import living

_NAMED = 3


def request_backup(
    ctx: ProtectionContext,
    actor: Actor,
    task_id: str,
    entity_ids: Sequence[str] = (),
    *,
    namespaces: Sequence[str] = (),
) -> JobRow:
    """Back up a task now: all that is active in it, some entities, or some namespaces (F71).

    While a run that covers what is asked for waits or is under way, that one is returned.
    Raises ForbiddenError, NotFoundError; StateError `task_deleted`, `task_paused`,
    `nothing_active`, `disconnected`.
    """
    for place in [Place(task_id, one) for one in entity_ids] or [Place(task_id)]:
        require(ctx.auth, actor, Verb.TASK_RUN, place)
    now = ctx.now()
    params = BackupParams(
        task_id=task_id, entity_ids=tuple(entity_ids), namespaces=tuple(namespaces)
    )
    with ctx.write() as connection:
        task = runnable(connection, task_id)
        team = connections.existing(connection, task.connection_id)
        _refuse_disconnected(team)
        _refuse_idle(connection, task, params)
        twin = jobs.unfinished_twin(connection, whole_backup_key(task_id))
        if twin is not None:
            return twin
        account = _account(connection, task, entity_ids)
        item = account if entity_ids else ""
        request = backup_request(task, team, params, initiator_of(actor), item)
        job = ctx.runner.submit(request, connection)
        if actor.kind != "scheduler" and job.created == now:
            _record(connection, now, actor, task, account, entity_ids)
    ctx.runner.wake()
    return job


def runnable(connection: sqlite3.Connection, task_id: str) -> TaskRow:
    """The task, if runs of it may begin. Raises NotFoundError, StateError."""
    task = living(connection, task_id)
    if task.paused is not None:
        until = f" until {task.paused_until:%Y-%m-%d %H:%M} UTC" if task.paused_until else ""
        raise StateError(
            "task_paused", f"the task {task.name} is paused{until}", hint="resume it first"
        )
    return task


def _refuse_disconnected(team: ConnectionRow) -> None:
    if team.state != "connected" or team.credentials is None:
        raise StateError(
            "disconnected",
            f"the Dropbox team {team.team_name} is disconnected: {team.detail or team.cause}",
            hint="reconnect the team",
        )


def _refuse_idle(connection: sqlite3.Connection, task: TaskRow, params: BackupParams) -> None:
    for entity_id in params.entity_ids:
        row = entity_by_id(connection, entity_id)
        if row is None or row.task_id != task.id:
            raise NotFoundError(f"the task {task.name} has no entity {entity_id}")
    if not targets(connection, params):
        raise StateError(
            "nothing_active",
            f"nothing of what is asked for is active in the task {task.name}",
            hint="activate members or folders first",
        )


def _record(
    connection: sqlite3.Connection,
    now: datetime,
    actor: Actor,
    task: TaskRow,
    account: str,
    entity_ids: Sequence[str],
) -> None:
    audit.record(
        connection,
        now,
        actor,
        audit.Activity.BACKUP_REQUESTED,
        audit.backup_now_sentence(account),
        service="dropbox",
        task=task.name,
        target=task.id,
        details={"entities": list(entity_ids)},
    )


def _account(connection: sqlite3.Connection, task: TaskRow, entity_ids: Sequence[str]) -> str:
    """What the sentence in the audit calls it: the task, or its first few entities."""
    if not entity_ids:
        return task.name
    rows = [entity_by_id(connection, one) for one in entity_ids[:_NAMED]]
    names = [row.email or row.name for row in rows if row is not None]
    return named(names, len(entity_ids) - len(names))


def targets(connection: sqlite3.Connection, params: BackupParams) -> list[RunTarget]:
    """What a run would back up, as things are now."""
    if params.entity_ids:
        return entity_runs.run_targets_of(connection, params.task_id, params.entity_ids)
    if params.namespaces:
        return entity_runs.run_targets_in(connection, params.task_id, params.namespaces)
    return entity_runs.run_targets(connection, params.task_id)


def namespaces_of(found: Iterable[RunTarget]) -> tuple[str, ...]:
    """Each namespace once, in the order of the rows."""
    return tuple(dict.fromkeys(target.namespace for target in found))


def namespaces_of_task(ctx: ProtectionContext, task_id: str) -> frozenset[str]:
    """The namespaces that a whole run of a task would back up now."""
    with ctx.read() as connection:
        return frozenset(namespaces_of(entity_runs.run_targets(connection, task_id)))
