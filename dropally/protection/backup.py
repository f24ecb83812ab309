"""The job of kind `backup`: one run of a task, one restore point, an outcome for each entity."""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dropally.catalog import entity_runs, tasks
from dropally.catalog.connections import all_connections
from dropally.catalog.entity_runs import RunResult, RunTarget
from dropally.catalog.faults import DatabaseFaultError
from dropally.catalog.moments import to_micros
from dropally.catalog.tasks import TaskRow
from dropally.common.errors import CancelledError, DropallyError
from dropally.dropbox_api import Roster, explain_failure
from dropally.jobs.backup import TeamBackup, TeamBackupReport, back_up_team
from dropally.jobs.record import record_repository
from dropally.jobs.runner import JobOutcome, OutcomeStatus, RunningJob
from dropally.protection import connections
from dropally.protection.context import ProtectionContext
from dropally.protection.discovery import look_at_team
from dropally.protection.history import adopt_history
from dropally.protection.job_requests import BACKUP, BackupParams
from dropally.protection.probing import check_after
from dropally.protection.repeating import failed_by_cause
from dropally.protection.results import CHANGES, items_of, results_of
from dropally.protection.roster_sync import sync_team
from dropally.protection.rosters import kept_roster
from dropally.protection.runs import namespaces_of, runnable, targets
from dropally.protection.tasks import refresh, tell_change
from dropally.store import StoreError


@dataclass(frozen=True)
class _Run:
    """One run, once it is known what it is about."""

    job: RunningJob
    task: TaskRow
    team_id: str
    roster: Roster
    found: Sequence[RunTarget]


class BackupKind:
    """Jobs that back up a task. One that was stopped goes on with what it had listed and stored."""

    name = BACKUP
    is_resumable = True

    def __init__(self, ctx: ProtectionContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Look at the team, fetch what is new, write the restore point, record it.

        Raises DropallyError for what stops the whole run.
        """
        params = job.params(BackupParams)
        job.clear_problems()
        with self._ctx.read() as connection:
            task = runnable(connection, params.task_id)
        try:
            self._ctx.storages.check_room(task.storage_id)
            run = self._put_to_work(job, task, self._roster(job, task, params), params)
            outcome = self._back_up(run) if run.found else _nothing_active()
        except Exception:
            self._note_run(job, task, "canceled" if job.is_cancelled else "failed")
            raise
        finally:
            self._release(job, task)
        self._note_run(job, task, outcome.status)
        return outcome

    # -- steps -----------------------------------------------------------------------------

    def _roster(self, job: RunningJob, task: TaskRow, params: BackupParams) -> Roster:
        """The team now; for a run about a few entities, as it was at the last look."""
        if not params.is_whole:
            kept = kept_roster(self._ctx, task.connection_id, self._ctx.policy().roster_ttl)
            if kept is not None:
                return kept
        roster = look_at_team(self._ctx, task.connection_id, job.context)
        sync_team(self._ctx, task.connection_id, roster)
        return roster

    def _put_to_work(
        self, job: RunningJob, task: TaskRow, roster: Roster, params: BackupParams
    ) -> _Run:
        known = {namespace.id for namespace in roster.namespaces}
        with self._ctx.write() as connection:
            team = connections.existing(connection, task.connection_id)
            found = [target for target in targets(connection, params) if target.namespace in known]
            if job.row.retry_cause:
                found = failed_by_cause(connection, job.row, found)
            if job.row.only_failed:
                again = entity_runs.troubled(connection, task.id)
                found = [target for target in found if target.id in again]
            entity_runs.put_to_work(connection, job.id, [target.id for target in found])
            refresh(connection, task.connection_id)
        self._tell(task)
        return _Run(job, task, team.team_id, roster, found)

    def _back_up(self, run: _Run) -> JobOutcome:
        try:
            report = back_up_team(run.job.context, self._work(run))
        except (DropallyError, StoreError) as error:
            if not run.job.context.cancelled.is_set():
                self._keep_failure(run, error)
            raise
        self._keep_results(run, report)
        is_recorded = self._record(run)
        _report_problems(run, report)
        return _outcome(run, report, is_recorded=is_recorded)

    def _work(self, run: _Run) -> TeamBackup:
        policy, units = self._ctx.policy(), run.job.units
        return TeamBackup(
            repository=self._ctx.storages.handle(run.task.storage_id),
            team=connections.team_handle(self._ctx, run.task.connection_id),
            roster=run.roster,
            work_dir=self._stage_folder(run.task.storage_id),
            namespaces=namespaces_of(run.found),
            fetchers=policy.fetchers,
            listers=max(2, policy.fetchers // 2),
            processes=units.workers if units.kind == "processes" else 1,
            memory_bytes=policy.memory_bytes,
        )

    def _stage_folder(self, storage_id: str) -> Path:
        """The same as that of `dropally backup`, so that the two exclude each other."""
        with self._ctx.storages.repository(storage_id) as repository:
            repository_id = repository.config.repository_id
        return self._ctx.auth.data_folder / "stage" / repository_id

    def _keep_results(self, run: _Run, report: TeamBackupReport) -> None:
        with self._ctx.write() as connection:
            entity_runs.record_results(
                connection,
                results_of(run.found, report, run.roster),
                point=report.point,
                now=report.time,
            )
            entity_runs.release(connection, run.job.id)
            entity_runs.refresh_totals(connection, run.task.connection_id, run.task.id)
            refresh(connection, run.task.connection_id)
            tasks.update_task(connection, run.task.id, {"last_success_us": to_micros(report.time)})

    def _keep_failure(self, run: _Run, error: DropallyError | StoreError) -> None:
        """Nothing was backed up: say why at every entity, and look whether the link is at fault."""
        hint = str(getattr(error, "hint", ""))
        failures = [
            RunResult(target.id, False, 0, 0, 0, 0, str(error), hint) for target in run.found
        ]
        with self._ctx.write() as connection:
            entity_runs.record_results(connection, failures, point="", now=self._ctx.now())
        if isinstance(error, DropallyError):
            check_after(self._ctx, run.task.connection_id, error)

    def _record(self, run: _Run) -> bool:
        """Bring the catalog up to date. The backup is good without: it can be rebuilt from it."""
        storages, storage_id = self._ctx.storages, run.task.storage_id
        try:
            with (
                storages.recording(storage_id) as catalog,
                storages.repository(storage_id) as repository,
                repository.reader() as reader,
            ):
                report = record_repository(
                    run.job.context, repository, reader, run.team_id, catalog
                )
        except CancelledError:
            raise
        except (DatabaseFaultError, DropallyError, StoreError) as error:
            run.job.problem("catalog", "catalog", str(error), "it is rebuilt from the repository")
            return False
        if report.points > 1:  # the repository had points that this appliance had never seen
            adopt_history(self._ctx, run.task)
        for problem in report.problems:
            run.job.problem("catalog", "restore point", problem, "verify the storage")
        return not report.problems

    # -- the end ---------------------------------------------------------------------------

    def _note_run(self, job: RunningJob, task: TaskRow, outcome: str) -> None:
        if job.is_stopping:
            return
        now = to_micros(self._ctx.now())
        with self._ctx.write() as connection:
            tasks.update_task(
                connection,
                task.id,
                {"last_job": job.id, "last_run_us": now, "last_outcome": outcome},
            )

    def _release(self, job: RunningJob, task: TaskRow) -> None:
        # The database may be what has failed; the next start releases what is left.
        with suppress(DatabaseFaultError):
            with self._ctx.write() as connection:
                if entity_runs.release(connection, job.id):
                    refresh(connection, task.connection_id)
            self._tell(task)

    def _tell(self, task: TaskRow) -> None:
        self._ctx.events.publish(
            "entity_changed", {"task_id": task.id}, task_id=task.id, needs="task.read"
        )
        tell_change(self._ctx, task.id)


def _nothing_active() -> JobOutcome:
    return JobOutcome("succeeded", {"entities": 0, "note": "nothing is active"})


def _report_problems(run: _Run, report: TeamBackupReport) -> None:
    names = {target.namespace: target.name for target in run.found}
    for outcome in report.failed:
        run.job.problem("not readable", outcome.name, outcome.error, outcome.hint)
    for problem in report.problems:
        item = f"{names.get(problem.namespace, problem.namespace)}:{problem.path}"
        run.job.problem(problem.reason, item, problem.detail, explain_failure(problem.reason))


def _outcome(run: _Run, report: TeamBackupReport, *, is_recorded: bool) -> JobOutcome:
    status: OutcomeStatus = "succeeded"
    if len(report.failed) == len(report.outcomes):
        status = "failed"
    elif not report.is_complete or not is_recorded:
        status = "partially_succeeded"
    changes = Counter[str]()
    for outcome in report.outcomes:
        if outcome.status == "new":
            changes.update({name: outcome.stats.get(name, 0) for name in CHANGES})
    summary: dict[str, object] = {
        "entities": len(run.found),
        "files": report.total("files"),
        "folders": report.total("folders"),
        "bytes": report.total("bytes"),
        "new": changes["added"],
        "changed": changes["changed"],
        "deleted": changes["deleted"],
        "failed": len(report.problems),
        "namespaces": len(report.outcomes),
        "changed_namespaces": sum(outcome.status == "new" for outcome in report.outcomes),
        "failed_namespaces": len(report.failed),
        "fetched_files": report.fetched_files,
        "fetched_bytes": report.fetched_bytes,
    }
    result: dict[str, object] = {
        "point": report.point,
        "time": report.time.isoformat(),
        "failed_namespaces": [outcome.namespace for outcome in report.failed],
    }
    return JobOutcome(status, summary, result, items=tuple(items_of(run.found, report)))


def release_all(ctx: ProtectionContext) -> None:
    """Before the runner starts: no run is at work on anything, whatever the rows say."""
    with ctx.write() as connection:
        for job_id in entity_runs.jobs_at_work(connection):
            entity_runs.release(connection, job_id)
        for team in all_connections(connection):
            refresh(connection, team.id)
