"""What has to be done every day, whether anybody looks or not."""

from datetime import timedelta

from dropally.catalog import connections as team_rows
from dropally.catalog import entity_changes, tasks
from dropally.protection.context import ProtectionContext
from dropally.protection.due import drop_old_runs
from dropally.protection.pausing import resume_due
from dropally.protection.settings import decode_settings
from dropally.protection.tasks import refresh, tell_change
from dropally.protection.trash import purge_due


def run(ctx: ProtectionContext) -> None:
    """End pauses, purge what was deleted long enough ago, let go of old archived entities.

    What became of scheduled runs is forgotten after a year and a bit.
    """
    resume_due(ctx)
    purge_due(ctx)
    let_go_of_archived(ctx)
    drop_old_runs(ctx.auth)
    with ctx.write() as connection:
        team_rows.delete_expired_links(connection, ctx.now())


def let_go_of_archived(ctx: ProtectionContext) -> int:
    """Delete, with the usual grace, what left the team longer ago than its task keeps it (F55)."""
    now = ctx.now()
    purge = now + ctx.policy().grace
    changed: dict[str, int] = {}
    with ctx.write() as connection:
        for team in team_rows.all_connections(connection):
            for task in tasks.tasks_of_connection(connection, team.id):
                days = decode_settings(task.settings).archived_keep_days
                if days == 0:
                    continue
                old = entity_changes.archived_before(
                    connection, task.id, now - timedelta(days=days)
                )
                if old:
                    entity_changes.put_into_trash(connection, [row.id for row in old], now, purge)
                    changed[task.id] = len(old)
            refresh(connection, team.id)
    for task_id in changed:
        tell_change(ctx, task_id)
    return sum(changed.values())
