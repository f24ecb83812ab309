"""The job of kind `lock`: what backups need stays locked in its bucket. And how that stands."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from dropally.auth.actors import Actor, scheduler
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.jobs import JobRow
from dropally.common.errors import UsageError
from dropally.jobs.runner import UPKEEP, JobOutcome, JobRequest, RunningJob, initiator_of
from dropally.store import NotARepositoryError, StoreError
from dropally.store.backend import parse_lock_wish
from dropally.store.locking import LockLedger, LockReport, LockRun, extend_locks, lock_report
from dropally.upkeep.context import UpkeepContext

FOLDER = "locks"
_LAST_RUN = "last-run"
_OVERDUE = timedelta(days=3)
_CAUSE_HIDDEN = "Deleted, though backups need it"
_CAUSE_REFUSED = "The bucket refused to lock objects"
_CAUSE_BUCKET = "The bucket's own rule"


class LockParams(msgspec.Struct, frozen=True, kw_only=True):
    """`look_again`: ask the bucket for every lock, whatever is known. `dry_run`: extend nothing."""

    storage_id: str
    look_again: bool = False
    dry_run: bool = False


class LastLockRun(msgspec.Struct, frozen=True, kw_only=True):
    """How the last run went. `calls`: requests to the bucket; `hidden`: packs somebody deleted."""

    at: datetime
    objects: int
    extended: int
    calls: int
    refused: int
    why_refused: str
    hidden: list[str]
    hidden_count: int
    problems: list[str]


class LockView(msgspec.Struct, frozen=True, kw_only=True):
    """How a storage is locked. `wish` "": nothing is to be locked. `report`: as of the last run."""

    wish: str
    last_run: LastLockRun | None = None
    report: LockReport | None = None


class LockKind:
    """What a stopped run extended stays so; the next one goes on."""

    name = "lock"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """List versions, look at locks that are unknown, extend those that are short."""
        params = job.params(LockParams)
        job.clear_problems()
        phase = job.context.phase("lock", "entries")
        told = 0

        def progress(done: int, total: int) -> None:
            nonlocal told
            if not told:
                phase.expect(total)
            phase.add(done - told)
            told = done

        storages = self._ctx.storages
        try:
            with (
                storages.repository(params.storage_id) as repository,
                storages.object_lock(params.storage_id) as locks,
                _ledger(self._ctx, params.storage_id, repository.config.repository_id) as ledger,
            ):
                if locks is None:
                    return JobOutcome("succeeded", {})
                run = extend_locks(
                    repository,
                    locks,
                    ledger,
                    dry_run=params.dry_run,
                    look_again=params.look_again,
                    check=job.context.check,
                    progress=progress,
                )
                if not params.dry_run:
                    ledger.keep(_LAST_RUN, msgspec.json.encode(_last(self._ctx.now(), run)))
        except NotARepositoryError:
            job.context.note("There is no repository yet.")
            return JobOutcome("succeeded", {})
        self._ctx.events.publish(
            "storage_changed", {"storage_id": params.storage_id}, needs=Verb.STORAGE_READ
        )
        return _outcome(job, run)


def request_lock(ctx: UpkeepContext, actor: Actor, params: LockParams) -> JobRow:
    """Have locks extended. Raises ForbiddenError, NotFoundError, UsageError without object_lock."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    storage_id = params.storage_id
    if not ctx.storages.definition(storage_id).options.get("object_lock"):
        raise UsageError(
            f"storage {storage_id!r} is not to lock anything",
            hint='set its object_lock, such as "governance 30d" (docs/object-lock.md)',
        )
    dry_run = " (what it would do)" if params.dry_run else ""
    return ctx.runner.submit(
        JobRequest(
            kind=LockKind.name,
            title=f"Lock what backups need in storage {storage_id}{dry_run}",
            params=params,
            initiator=initiator_of(actor),
            storage_id=storage_id,
            # Not that of maintenance: verifying for hours must not let locks run out.
            locks=(f"object-lock:{storage_id}",),
            priority=UPKEEP,
            dedupe=f"lock:{storage_id}:{params.dry_run}:{params.look_again}",
            service="appliance",
        )
    )


def request_all(ctx: UpkeepContext) -> list[JobRow]:
    """The daily round: every reachable storage that is to lock."""
    return [
        request_lock(ctx, scheduler(), LockParams(storage_id=storage_id))
        for storage_id in ctx.storages.ids()
        if ctx.storages.definition(storage_id).options.get("object_lock")
        and ctx.storages.check_within(storage_id).is_reachable
    ]


def get_lock(ctx: UpkeepContext, actor: Actor, storage_id: str) -> LockView:
    """How a storage is locked. Raises ForbiddenError, NotFoundError, the store's errors."""
    require(ctx.auth, actor, Verb.STORAGE_READ)
    wish = ctx.storages.definition(storage_id).options.get("object_lock", "")
    if not wish:
        return LockView(wish="")
    with (
        ctx.storages.repository(storage_id) as repository,
        _ledger(ctx, storage_id, repository.config.repository_id) as ledger,
    ):
        report = lock_report(repository, ledger, parse_lock_wish(wish), ctx.now())
        return LockView(wish=wish, last_run=_kept(ledger), report=report)


@dataclass(frozen=True)
class LockFigures:
    """What monitoring wants to know. `last_run` is None before the first."""

    short_objects: int
    hidden_packs: int
    last_run: datetime | None


def lock_figures(ctx: UpkeepContext, storage_id: str) -> LockFigures | None:
    """The figures of a storage that is to lock and is open; the storage is not asked."""
    wish = ctx.storages.definition(storage_id).options.get("object_lock", "")
    with ctx.storages.opened(storage_id) as repository:
        if not wish or repository is None:
            return None
        try:
            with _ledger(ctx, storage_id, repository.config.repository_id) as ledger:
                last = _kept(ledger)
                needed_until = ctx.now() + parse_lock_wish(wish).period
                short = ledger.totals(until_before=needed_until).objects
        except StoreError:
            return None
    return LockFigures(short, last.hidden_count if last else 0, last.at if last else None)


def warning_of(ctx: UpkeepContext, storage_id: str, repository_id: str) -> str:
    """What somebody should do about locks; "" for nothing. The bucket is not asked."""
    wish = ctx.storages.definition(storage_id).options.get("object_lock", "")
    if not wish:
        return ""
    try:
        with _ledger(ctx, storage_id, repository_id) as ledger:
            last = _kept(ledger)
            short = ledger.totals(until_before=ctx.now() + parse_lock_wish(wish).period).objects
    except StoreError as error:
        return str(error)
    if last is None or ctx.now() - last.at > _OVERDUE:
        return "Locks were not extended for days: run `dropally storage lock` and look why."
    if last.hidden_count:
        return f"{last.hidden_count} packs that backups need were deleted: see docs/object-lock.md."
    if short:
        return f"{short} objects are locked for a shorter time than wished for ({wish})."
    return ""


@contextmanager
def _ledger(ctx: UpkeepContext, storage_id: str, repository_id: str) -> Iterator[LockLedger]:
    ledger = LockLedger(ctx.data_folder / FOLDER / f"{storage_id}.db", repository_id)
    try:
        yield ledger
    finally:
        ledger.close()


def _kept(ledger: LockLedger) -> LastLockRun | None:
    kept = ledger.kept(_LAST_RUN)
    return None if kept is None else msgspec.json.decode(kept, type=LastLockRun)


def _last(at: datetime, run: LockRun) -> LastLockRun:
    return LastLockRun(
        at=at,
        objects=run.objects,
        extended=run.extended,
        calls=run.calls,
        refused=run.refused,
        why_refused=run.why_refused,
        hidden=run.hidden,
        hidden_count=run.hidden_count,
        problems=run.problems,
    )


def _outcome(job: RunningJob, run: LockRun) -> JobOutcome:
    would = "would be " if run.dry_run else ""
    until = f" until {run.until:%Y-%m-%d}" if run.until else ""
    job.context.note(
        f"{run.extended:,} of {run.objects:,} objects {would}locked{until};"
        f" {run.looked_at:,} were looked at; {run.calls:,} requests."
    )
    for problem in run.problems:
        job.problem(_CAUSE_BUCKET, job.row.storage_id, problem, hint="see docs/object-lock.md")
    for key in run.hidden:
        job.problem(_CAUSE_HIDDEN, key, hint="bring it back: dropally undelete")
    if run.refused:
        job.problem(
            _CAUSE_REFUSED,
            f"{run.refused:,} objects",
            run.why_refused,
            hint="see docs/object-lock.md",
        )
    summary: dict[str, object] = {
        "objects": run.objects,
        "extended": run.extended,
        "calls": run.calls,
        "hidden": run.hidden_count,
        "refused": run.refused,
    }
    if run.hidden_count or run.refused:
        # Administrators are mailed about failures, and this may be somebody at work in the bucket.
        return JobOutcome(
            "failed",
            summary,
            error=f"{run.hidden_count} packs that backups need were deleted,"
            f" {run.refused} objects could not be locked",
            hint="see the job's problems and docs/object-lock.md",
        )
    return JobOutcome("succeeded", summary)
