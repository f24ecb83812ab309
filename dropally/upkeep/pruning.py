"""The job of kind `prune`: free the space in a storage that no restore point refers to any more."""

from contextlib import suppress
from datetime import datetime, timedelta

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import jobs
from dropally.catalog.jobs import JobRow
from dropally.jobs.runner import UPKEEP, Initiator, JobOutcome, JobRequest, RunningJob, initiator_of
from dropally.store import (
    NotARepositoryError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
)
from dropally.store.backend import ObjectLock
from dropally.store.index import read_generation
from dropally.store.pack import pack_key
from dropally.store.prune import PruneOptions, PruneReport, prune
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.settling import is_waiting, settle

_LOOK_EVERY = timedelta(days=6, hours=12)


class PruneParams(msgspec.Struct, frozen=True):
    """Which storage.

    `dry_run`: only say what would be freed. `reencrypt`: write packs of old keys anew with the
    newest.
    """

    storage_id: str
    dry_run: bool = False
    reencrypt: bool = False


class StorageUse(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository holds, by its index: nothing is read but that and the list of what goes.

    `condemned_*` is free for use once a prune has found it dead a second time.
    """

    storage_id: str
    packs: int
    stored_bytes: int
    condemned_packs: int
    generation: int


class PruneKind:
    """Beside running backups; stopped anywhere, the next run goes on."""

    name = "prune"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Look, delete what was condemned earlier, condemn what is dead now."""
        params = job.params(PruneParams)
        job.clear_problems()
        phases = _Phases(job)
        scratch = self._ctx.data_folder / "prune"
        scratch.mkdir(mode=0o700, exist_ok=True)
        try:
            with (
                self._ctx.storages.repository(params.storage_id) as repository,
                self._ctx.storages.object_lock(params.storage_id) as locks,
            ):
                report = prune(
                    repository,
                    PruneOptions(reencrypt=params.reencrypt),
                    dry_run=params.dry_run,
                    progress=phases.step,
                    scratch=scratch,
                    locked_until=lambda name: locked_until(locks, name),
                )
                completed = settle(self._ctx, params.storage_id, repository)
        except ReadOnlyError as error:
            raise ReadOnlyError(
                str(error),
                hint="freeing space needs credentials that may delete: give the storage keys of"
                " maintenance (docs/object-lock.md)",
            ) from error
        except NotARepositoryError:
            job.context.note("There is no repository yet.")
            return JobOutcome("succeeded", {})
        for problem in report.problems:
            job.problem("Left alone while freeing space", params.storage_id, problem)
        _tell(job, report)
        for erasure in completed:
            job.context.note(f"The erasure {erasure} is complete.")
        self._ctx.events.publish(
            "storage_changed", {"storage_id": params.storage_id}, needs=Verb.STORAGE_READ
        )
        result: dict[str, object] = msgspec.to_builtins(report)
        summary = {
            "freed_bytes": report.freed_bytes,
            "condemned_bytes": report.condemned_bytes,
            "packs": report.packs,
            "dry_run": report.dry_run,
        }
        return JobOutcome(
            "partially_succeeded" if report.problems else "succeeded", summary, result
        )


def locked_until(locks: ObjectLock | None, name: bytes) -> datetime | None:
    """When the lock of a pack ends; None for one without."""
    if locks is None:
        return None
    try:
        found = locks.lock_of(pack_key(name))
    except ObjectNotFoundError:
        return None  # deleted since it was listed
    return found.until if found else None


class _Phases:
    """A prune's steps as the phases of a job; being cancelled ends it between two of them."""

    def __init__(self, job: RunningJob) -> None:
        self._job = job
        self._done: dict[str, int] = {}

    def step(self, name: str, done: int, total: int) -> None:
        """So much is done."""
        self._job.context.check()
        phase = self._job.context.phase(name, "entries")
        if total:
            phase.expect(max(0, total - self._done.get(f"{name} expected", 0)))
            self._done[f"{name} expected"] = total
        counted = done if total or name != "pages" else self._done.get(name, 0) + done
        phase.add(max(0, counted - self._done.get(name, 0)))
        self._done[name] = max(counted, self._done.get(name, 0))


def request_prune(
    ctx: UpkeepContext,
    actor: Actor,
    storage_id: str,
    *,
    dry_run: bool = False,
    reencrypt: bool = False,
) -> JobRow:
    """Have space freed. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    ctx.storages.definition(storage_id)
    params = PruneParams(storage_id, dry_run, reencrypt)
    return ctx.runner.submit(_request(params, initiator_of(actor)))


def request_all(ctx: UpkeepContext, actor: Actor) -> list[JobRow]:
    """The scheduled round: every storage that is reachable and due."""
    return [
        request_prune(ctx, actor, storage_id)
        for storage_id in ctx.storages.ids()
        if ctx.storages.check_within(storage_id).is_reachable and _is_due(ctx, storage_id)
    ]


def _is_due(ctx: UpkeepContext, storage_id: str) -> bool:
    """Looking reads every tree, so it is done once a week, and as long as packs wait to be deleted."""
    with ctx.auth.read() as connection:
        last = jobs.last_success(connection, PruneKind.name, storage_id)
    if last is None or ctx.now() - last >= _LOOK_EVERY or is_waiting(ctx, storage_id):
        return True
    with suppress(StoreError), ctx.storages.repository(storage_id) as repository:
        generation = read_generation(repository.backend, repository.keyring)
        return any(not pack.gone_at for pack in generation.packs)
    return False


def storage_use(ctx: UpkeepContext, actor: Actor, storage_id: str) -> StorageUse:
    """How much a repository holds. Raises ForbiddenError, NotFoundError, the store's errors."""
    require(ctx.auth, actor, Verb.STORAGE_READ)
    with ctx.storages.repository(storage_id) as repository:
        repository.index.refresh()
        packs, stored_bytes = repository.index.totals()
        generation = read_generation(repository.backend, repository.keyring)
    return StorageUse(
        storage_id=storage_id,
        packs=packs,
        stored_bytes=stored_bytes,
        condemned_packs=sum(not pack.gone_at for pack in generation.packs),
        generation=generation.number,
    )


def _tell(job: RunningJob, report: PruneReport) -> None:
    would = "would be " if report.dry_run else ""
    job.context.note(
        f"{report.freed_packs:,} packs ({report.freed_bytes:,} bytes) {would}deleted;"
        f" {report.condemned_packs:,} ({report.condemned_bytes:,} bytes) {would}condemned,"
        f" to be deleted by a later run; {report.rewritten_packs:,} of them {would}written anew."
    )
    if report.waiting_packs:
        job.context.note(
            f"{report.waiting_packs:,} packs ({report.waiting_bytes:,} bytes) wait for a day to"
            " pass, or for backups that began before."
        )
    if report.locked_packs and report.locked_until:
        job.context.note(
            f"{report.locked_packs:,} of these ({report.locked_bytes:,} bytes) are locked in their"
            f" bucket; the last lock ends on {report.locked_until:%Y-%m-%d}."
        )
    for name in report.blocking_sessions:
        job.context.note(f"Packs wait for the end of: {name}.")


def _request(params: PruneParams, initiator: Initiator) -> JobRequest:
    words = "Look for space to free in" if params.dry_run else "Free space in"
    return JobRequest(
        kind=PruneKind.name,
        title=f"{words} storage {params.storage_id}",
        params=params,
        initiator=initiator,
        storage_id=params.storage_id,
        # Verifying, repairing, copying and moving a storage take the same.
        locks=(f"maintenance:{params.storage_id}",),
        priority=UPKEEP,
        dedupe=f"prune:{params.storage_id}:{params.dry_run}:{params.reencrypt}",
        service="appliance",
    )
