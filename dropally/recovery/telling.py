"""The mail at the end of a restore (F103)."""

from itertools import islice

import msgspec

from dropally.catalog.jobs import JobRow, params_of
from dropally.catalog.restore_log import RestoreLog
from dropally.catalog.selections import mark_told
from dropally.jobs.runner import STATUS_LABELS
from dropally.notify.mails import restore_finished
from dropally.notify.telling import tell_user
from dropally.recovery.context import RecoveryContext
from dropally.recovery.restore_job import log_path
from dropally.recovery.restoring import RestoreParams

_MOST_LISTED = 500


def tell_end(ctx: RecoveryContext, row: JobRow) -> None:
    """Tell who asked for a restore that it has ended; once, however often this is called.

    Who cancelled it knows.
    """
    if row.kind != "restore" or row.status == "canceled":
        return
    summary = msgspec.json.decode(row.summary, type=dict[str, object])
    not_restored = _not_restored(ctx, row.id)
    with ctx.auth.write() as connection:
        params = msgspec.json.decode(params_of(connection, row.id), type=RestoreParams)
        if row.initiator_kind not in {"user", "token"}:
            return
        if not row.retry_of and not mark_told(connection, params.selection_id):
            return
        letter = restore_finished(
            title=row.title,
            outcome=STATUS_LABELS[row.status],
            restored=_number(summary, "files"),
            skipped=_number(summary, "skipped"),
            failed=_number(summary, "failed") + _number(summary, "left"),
            size_bytes=_number(summary, "bytes"),
            not_restored=not_restored,
            link=f"{ctx.auth.base_url}/jobs/{row.id}",
        )
        tell_user(connection, ctx.auth, row.initiator_id, letter)


def _not_restored(ctx: RecoveryContext, job_id: str) -> list[str]:
    path = log_path(ctx, job_id)
    if not path.exists():
        return []
    log = RestoreLog(path)
    try:
        return list(
            islice(
                (
                    f"{item.source}: {item.detail or item.state}"
                    for item in log.outcomes()
                    if item.state in {"failed", "skipped"}
                ),
                _MOST_LISTED,
            )
        )
    finally:
        log.close()


def _number(summary: dict[str, object], key: str) -> int:
    value = summary.get(key, 0)
    return value if isinstance(value, int) else 0
