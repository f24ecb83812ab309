"""What this room has running for it, and what it clears away."""

from datetime import timedelta
from pathlib import Path

from dropally.catalog import downloads, selections
from dropally.catalog.database import remove
from dropally.recovery import telling
from dropally.recovery.asking import REPORTS_KEPT
from dropally.recovery.context import RecoveryContext
from dropally.recovery.export_job import ExportKind
from dropally.recovery.restore_job import RestoreKind
from dropally.recovery.staging import discard

_PLAN_LOGS_KEPT = timedelta(hours=1)
_AT_ONCE = 100


def register(ctx: RecoveryContext) -> None:
    """Make the jobs of this room known to the runner, before it starts; clear up after a kill."""
    _delete_orphans(ctx)
    ctx.runner.register(RestoreKind(ctx))
    ctx.runner.register(ExportKind(ctx))
    ctx.runner.on_finished(lambda row: telling.tell_end(ctx, row))


def run(ctx: RecoveryContext) -> int:
    """Delete downloads whose time is over, unused selections and old reports; how many downloads.

    To be called every few minutes.
    """
    now = ctx.now()
    with ctx.auth.read() as connection:
        rows = downloads.overdue(connection, now, _AT_ONCE)
    for row in rows:
        with ctx.auth.write() as connection:
            downloads.close_download(connection, row.id, "expired")
        # After the commit: a file without a row is found again, a row without its file misleads.
        discard(ctx, row.id)
    with ctx.auth.write() as connection:
        selections.delete_expired(connection, now)
    _delete_old_logs(ctx)
    return len(rows)


def _delete_orphans(ctx: RecoveryContext) -> None:
    """Files of downloads that are over, or that a killed process never finished.

    Only before the runner starts: a download that is being written has no row yet.
    """
    for folder in ctx.folder("downloads").iterdir():
        with ctx.auth.read() as connection:
            row = downloads.download_by_id(connection, folder.name)
        if row is None or row.state != "ready":
            discard(ctx, folder.name)


def _delete_old_logs(ctx: RecoveryContext) -> None:
    running = set(ctx.runner.running_ids())
    for path in ctx.folder("restore").glob("restore-*.db"):
        name = path.stem.removeprefix("restore-")
        kept = _PLAN_LOGS_KEPT if name.startswith("sel_") else REPORTS_KEPT
        if name not in running and _age(ctx, path) > kept:
            remove(path)


def _age(ctx: RecoveryContext, path: Path) -> timedelta:
    try:
        return timedelta(seconds=ctx.now().timestamp() - path.stat().st_mtime)
    except FileNotFoundError:
        return timedelta()
