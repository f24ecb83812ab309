"""The job that looks whether a storage's repository is whole, and heals it if it may."""

from contextlib import ExitStack
from datetime import timedelta

from dropally.auth.verbs import Verb
from dropally.common.errors import UsageError
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store import Repository
from dropally.store.backend import Backend
from dropally.store.repair import RepairReport, put_sidecar, repair
from dropally.store.verify import Level, VerifyOptions, VerifyReport, verify
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.proving.params import RepairParams, VerifyParams
from dropally.upkeep.proving.results import MOST_FILES, Results, open_results

_CAUSE_OBJECT = "Damaged in the repository"
_CAUSE_FILE = "Cannot be restored as it was"
LEVELS = {level.name.lower(): level for level in Level}


class VerifyKind:
    """Safe to run again: what was found good before a stop is not looked at twice by a plan."""

    name = "verify"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Look; heal what is damaged where that was asked for; tell what is left."""
        params = job.params(VerifyParams)
        job.clear_problems()
        with ExitStack() as opened:
            repository = opened.enter_context(self._ctx.storages.repository(params.storage_id))
            results = opened.enter_context(open_results(self._ctx, params.storage_id, repository))
            report = self._verify(job, params, repository, results)
            results.note_verify(self._ctx.now(), report)
            healed = None
            if params.repair and not report.is_good:
                replicas = open_replicas(self._ctx, params.replicas, opened)
                healed = _repair(job, repository, results, replicas)
        _tell(self._ctx, params.storage_id)
        return _outcome(job, report, healed)

    def _verify(
        self, job: RunningJob, params: VerifyParams, repository: Repository, results: Results
    ) -> VerifyReport:
        phase = job.context.phase("verify", "bytes")
        told = 0

        def progress(report: VerifyReport) -> None:
            nonlocal told
            phase.add(report.checked_bytes - told)
            told = report.checked_bytes
            job.set_summary(_summary(report))

        def keep_parity(name: bytes, data: bytes) -> None:
            put_sidecar(repository.backend, name, data)

        options = VerifyOptions(
            level_named(params.level),
            time_s=float(params.time_s) or None,
            size_bytes=params.size_bytes or None,
            newer_than=timedelta(days=params.newer_than_days),
            on_good=keep_parity if self._ctx.settings().parity else None,
        )
        return verify(
            repository, results.ledger, options, check=job.context.check, progress=progress
        )


class RepairKind:
    """Safe to run again: each step leaves readable what was readable before."""

    name = "repair"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Heal what the last look found."""
        params = job.params(RepairParams)
        job.clear_problems()
        with ExitStack() as opened:
            repository = opened.enter_context(self._ctx.storages.repository(params.storage_id))
            results = opened.enter_context(open_results(self._ctx, params.storage_id, repository))
            if results.last_verify is None:
                return JobOutcome(
                    "failed",
                    error=f"storage {params.storage_id} was never verified",
                    hint=f"run `dropally storage verify {params.storage_id}` first",
                )
            replicas = open_replicas(self._ctx, params.replicas, opened)
            done = _repair(job, repository, results, replicas, dry_run=params.dry_run)
        _tell(self._ctx, params.storage_id)
        return _repair_outcome(job, done, dry_run=params.dry_run)


def level_named(word: str) -> Level:
    """The level that people call so. Raises UsageError."""
    if word not in LEVELS:
        raise UsageError(f"{word!r} is no level", hint=f"levels are: {', '.join(LEVELS)}")
    return LEVELS[word]


def open_replicas(
    ctx: UpkeepContext, replicas: tuple[str, ...], opened: ExitStack
) -> list[Backend]:
    """The backends of the storages named."""
    return [opened.enter_context(ctx.storages.backend(one)) for one in replicas]


def _repair(
    job: RunningJob,
    repository: Repository,
    results: Results,
    replicas: list[Backend],
    *,
    dry_run: bool = False,
) -> RepairReport:
    phase = job.context.phase("repair", "entries")
    phase.expect(len(results.ledger.damaged()))
    told = 0

    def progress(report: RepairReport) -> None:
        nonlocal told
        done = len(report.healed) + len(report.given_up)
        phase.add(done - told)
        told = done

    done = repair(
        repository,
        results.ledger,
        results.findings(),
        replicas=replicas,
        dry_run=dry_run,
        check=job.context.check,
        progress=progress,
    )
    for healed in done.healed:
        job.context.note(f"{healed.key}: healed from {healed.source}")
    if not dry_run and not done.unhealed:
        results.forget_verify()
    return done


def _summary(report: VerifyReport) -> dict[str, object]:
    return {
        "packs": report.checked_packs,
        "bytes": report.checked_bytes,
        "objects": report.checked_objects,
        "snapshots": report.checked_snapshots,
        "damaged_objects": len(report.findings),
        "damaged_files": report.item_count,
        "is_complete": report.is_complete,
    }


def _outcome(job: RunningJob, report: VerifyReport, healed: RepairReport | None) -> JobOutcome:
    for finding in report.findings:
        job.problem(_CAUSE_OBJECT, finding.key, finding.why)
    for item in report.items:
        job.problem(_CAUSE_FILE, f"{item.source}:{item.path}", f"{item.why} ({item.snapshot})")
    summary = _summary(report)
    if report.is_good:
        return JobOutcome("succeeded", summary)
    error = (
        f"{len(report.findings)} objects of the repository are damaged; "
        f"{report.item_count} files are concerned"
    )
    if healed is None:
        return JobOutcome("failed", summary, error=error, hint="run `dropally storage repair`")
    repaired = _repair_outcome(job, healed)
    return JobOutcome(
        repaired.status,
        {**summary, **repaired.summary},
        repaired.result,
        error=repaired.error,
        hint=repaired.hint,
    )


def _repair_outcome(job: RunningJob, done: RepairReport, *, dry_run: bool = False) -> JobOutcome:
    for finding in (*done.given_up, *done.unhealed):
        job.problem("Has no good copy", finding.key, finding.why)
    for item in done.lost_items:
        job.problem("Lost in older backups", f"{item.source}:{item.path}", item.snapshot)
    summary: dict[str, object] = {
        "healed": len(done.healed),
        "given_up": len(done.given_up),
        "unhealed": len(done.unhealed),
        "saved_chunks": done.saved_chunks,
        "lost_chunks": done.lost_chunks,
        "wanted_again": done.wanted,
        "lost_in_older_backups": done.lost_item_count,
        "dry_run": dry_run,
    }
    result: dict[str, object] = {
        "healed": [{"key": one.key, "source": one.source} for one in done.healed[:MOST_FILES]],
        "given_up": [one.key for one in (*done.given_up, *done.unhealed)][:MOST_FILES],
    }
    if not (done.given_up or done.unhealed):
        return JobOutcome("succeeded", summary, result)
    return JobOutcome(
        "partially_succeeded",
        summary,
        result,
        error=f"{len(done.given_up) + len(done.unhealed)} objects have no good copy",
        hint="what Dropbox still has comes back with the next backups",
    )


def _tell(ctx: UpkeepContext, storage_id: str) -> None:
    ctx.events.publish("storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ)
