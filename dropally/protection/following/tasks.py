"""Which tasks are followed: the continuous ones that are awake, of teams that are connected."""

from functools import partial

from dropally.auth.actors import scheduler
from dropally.catalog import connections, schedules, tasks
from dropally.catalog.connections import ConnectionRow
from dropally.catalog.jobs import JobRow
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import DeniedError
from dropally.protection.connections import open_connection
from dropally.protection.context import ProtectionContext
from dropally.protection.following.watch import FollowedTask
from dropally.protection.probing import check_after
from dropally.protection.runs import namespaces_of_task, request_backup


def followed_tasks(ctx: ProtectionContext) -> list[FollowedTask]:
    """The tasks to be followed now."""
    found: list[FollowedTask] = []
    with ctx.read() as connection:
        for task_id in schedules.continuous_tasks(connection):
            task = tasks.task_by_id(connection, task_id)
            if task is None or task.paused is not None or task.deleted is not None:
                continue
            team = connections.connection_by_id(connection, task.connection_id)
            if team is not None and team.state == "connected" and team.credentials is not None:
                found.append(_followed(ctx, task, team))
    return found


def _followed(ctx: ProtectionContext, task: TaskRow, team: ConnectionRow) -> FollowedTask:
    def back_up(namespaces: tuple[str, ...]) -> JobRow:
        return request_backup(ctx, scheduler(), task.id, namespaces=namespaces)

    def on_denied(error: DeniedError) -> None:
        check_after(ctx, team.id, error)

    return FollowedTask(
        task_id=task.id,
        team_id=team.team_id,
        storage_id=task.storage_id,
        namespaces=partial(namespaces_of_task, ctx, task.id),
        open_team=partial(open_connection, ctx, team.id),
        back_up=back_up,
        on_denied=on_denied,
    )
