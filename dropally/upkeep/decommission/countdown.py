"""The seven days: mails on their way, and the end of them."""

import sqlite3
from datetime import timedelta

from dropally.auth import actors
from dropally.auth.errors import StateError
from dropally.catalog import decommissions, jobs
from dropally.catalog.decommissions import DecommissionRow
from dropally.jobs.runner import UPKEEP, JobRequest, initiator_of
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.decommission.asking import DECOMMISSION, refuse_if_held, tell, tell_change

_MAIL_DAYS = (0, 3, 6)
_AGAIN_AFTER = timedelta(hours=1)
_MANY = 10_000


def tick(ctx: UpkeepContext) -> bool:
    """Send the mail that is due, or begin the end; whether the appliance is on its way out.

    To be called every minute. A legal hold that was set meanwhile holds the end up.
    """
    now = ctx.now()
    with ctx.auth.read() as connection:
        row = decommissions.current(connection)
    if row is None or row.state == "awaiting_approval" or row.due is None or row.started is None:
        return False
    if row.state == "counting" and now < row.due:
        _mail(ctx, row, (now - row.started).days)
    elif row.state == "counting" or (
        row.state == "erasing" and (row.tried is None or now - row.tried >= _AGAIN_AFTER)
    ):
        _begin_the_end(ctx, row)
    return True


def _mail(ctx: UpkeepContext, row: DecommissionRow, days: int) -> None:
    day = max(one for one in _MAIL_DAYS if one <= max(0, days))
    if day <= row.mailed_day or row.due is None:
        return
    with ctx.auth.write() as connection:
        decommissions.note_mail(connection, row.id, day)
        tell(connection, ctx, row.asked_by, row.due)


def _begin_the_end(ctx: UpkeepContext, row: DecommissionRow) -> None:
    now = ctx.now()
    with ctx.auth.write() as connection:
        try:
            refuse_if_held(connection, now)
        except StateError:
            if row.state == "counting":
                return
        decommissions.note_try(connection, row.id, now)
        _cancel_others(ctx, connection)
        ctx.runner.submit(
            JobRequest(
                kind=DECOMMISSION,
                title="Take the appliance out of service",
                params={},
                initiator=initiator_of(actors.scheduler()),
                priority=UPKEEP,
                dedupe=DECOMMISSION,
                service="appliance",
            ),
            connection,
        )
    ctx.runner.wake()
    tell_change(ctx)


def _cancel_others(ctx: UpkeepContext, connection: sqlite3.Connection) -> None:
    by = initiator_of(actors.scheduler())
    for job in [*jobs.in_progress(connection), *jobs.pending_after(connection, 0, _MANY)]:
        if job.kind != DECOMMISSION:
            ctx.runner.cancel(job.id, by, connection)
