"""The job that restores: plans unless that was done, carries out, counts, and keeps each outcome."""

from pathlib import Path

from dropally.catalog.restore_log import ItemOutcome, RestoreLog
from dropally.dropbox_api import QuotaUsedUpError
from dropally.jobs import restore
from dropally.jobs.restore import RestoreResult
from dropally.jobs.runner import OTHER_CAUSES, JobOutcome, RunningJob
from dropally.recovery import asking
from dropally.recovery.context import RecoveryContext
from dropally.recovery.restoring import RestoreParams, restore_work

_QUOTA = "upload quota used up"


class RestoreKind:
    """Restores to Dropbox."""

    name = "restore"
    is_resumable = True

    def __init__(self, ctx: RecoveryContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Restore; what is done already is not done again after a stop of the appliance."""
        params = job.params(RestoreParams)
        asked = asking.read_frozen(self._ctx, params.selection_id)
        work = restore_work(self._ctx, asked, params, log_name=job.id)
        self._take_over_log(job, params, log_path(self._ctx, job.id))
        job.note_steps(_steps(log_path(self._ctx, job.id)))
        plan = restore.open_restore(job.context, work, job.note_steps)
        job.set_summary({"files": plan.items, "bytes": plan.bytes})
        try:
            result = restore.run(job.context, work, plan)
        except QuotaUsedUpError as error:
            return self._stopped_by_quota(job, error)
        _tell_problems(job, result)
        status = "partially_succeeded" if result.failed else "succeeded"
        if result.failed and not (result.restored or result.identical or result.skipped):
            status = "failed"
        return JobOutcome(
            status,  # type: ignore[arg-type]  # one of the three words above
            _summary(result),
            {"destination": params.destination, "selection_id": params.selection_id},
            error=_in_words(result),
        )

    def _take_over_log(self, job: RunningJob, params: RestoreParams, path: Path) -> None:
        """What was planned for the admin to see, or what another job left undone."""
        if path.exists():
            return
        if job.row.retry_of and job.row.only_failed:
            source = log_path(self._ctx, job.row.retry_of)
        elif params.plan_id and not job.row.retry_of:
            source = log_path(self._ctx, params.plan_id)
        else:
            return
        if not source.exists():
            return
        before = RestoreLog(source)
        try:
            if before.is_planned:
                before.copy_to(path)
        finally:
            before.close()
        if job.row.only_failed and path.exists():
            log = RestoreLog(path)
            try:
                _keep_what_failed(log, job.row.retry_cause)
            finally:
                log.close()

    def _stopped_by_quota(self, job: RunningJob, error: QuotaUsedUpError) -> JobOutcome:
        """The rest follows next month: a retry of what is left restores only that."""
        log = RestoreLog(log_path(self._ctx, job.id))
        try:
            totals = log.state_totals()
        finally:
            log.close()
        restored = [totals.get(state, (0, 0)) for state in ("restored", "renamed")]
        left = totals.get("open", (0, 0))[0]
        summary: dict[str, object] = {
            "files": sum(files for files, _ in restored),
            "bytes": sum(size for _, size in restored),
            "identical": totals.get("identical", (0, 0))[0],
            "left": left,
        }
        job.problem(_QUOTA, f"{left:,} files", str(error), error.hint)
        done = summary["files"] or summary["identical"]
        return JobOutcome(
            "partially_succeeded" if done else "failed",
            summary,
            {"is_stopped_by_quota": True},
            error=str(error),
            hint="retry what is left next month, or download it now",
        )


def _keep_what_failed(log: RestoreLog, cause: str) -> None:
    """What is left of the restore that is repeated; only what failed by a cause, if one is given."""
    if cause in {"", OTHER_CAUSES}:
        log.keep_unfinished()
        return
    log.keep([one.seq for one in log.outcomes() if _cause_of(one) == cause])


def _cause_of(item: ItemOutcome) -> str:
    """Why an item was not restored, as problems name it; "" for one that was."""
    if item.state is None:
        return _QUOTA
    return _cause_in(item.detail, item.path) if item.state == "failed" else ""


def _cause_in(detail: str, path: str) -> str:
    return detail.replace(path, "it").partition(":")[0] or "not restored"


def _steps(path: Path) -> int:
    """What earlier attempts have done for good."""
    log = RestoreLog(path)
    try:
        return log.steps
    finally:
        log.close()


def log_path(ctx: RecoveryContext, name: str) -> Path:
    """Where the outcomes of a job's (or plan's) items are kept."""
    return ctx.folder("restore") / f"restore-{name}.db"


def _summary(result: RestoreResult) -> dict[str, object]:
    return {
        "files": result.restored,
        "bytes": result.restored_bytes,
        "identical": result.identical,
        "skipped": result.skipped,
        "renamed": len(result.renamed),
        "failed": len(result.failed),
    }


def _in_words(result: RestoreResult) -> str:
    return f"{len(result.failed):,} items could not be restored" if result.failed else ""


def _tell_problems(job: RunningJob, result: RestoreResult) -> None:
    job.clear_problems()
    for failed in result.failed:
        job.problem(_cause_in(failed.detail, failed.path), failed.source, failed.detail)
