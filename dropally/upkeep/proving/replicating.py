"""The job that copies a storage's repository to another storage, byte for byte."""

from collections.abc import Callable

from dropally.auth.verbs import Verb
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store.backend import Backend
from dropally.store.replicate import (
    CopyCheck,
    Replication,
    check_copy,
    plan_replication,
    repair_copy,
    replicate,
)
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.erasing.replicas import note_freed, still_holds
from dropally.upkeep.proving.params import ReplicateParams
from dropally.upkeep.proving.results import LastReplication, open_results

_CAUSE_DAMAGED = "Damaged in the source, and not copied"
_CAUSE_WRONG = "The copy differs"


class ReplicateKind:
    """What a stopped run copied is not copied again."""

    name = "replicate"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Copy what differs; read the copy back where that was asked for."""
        params = job.params(ReplicateParams)
        job.clear_problems()
        storages = self._ctx.storages
        erased = still_holds(self._ctx, params.storage_id, params.target)
        remove_vanished = params.remove_vanished or bool(erased)
        with storages.backend(params.storage_id) as source, storages.backend(params.target) as to:
            if params.dry_run:
                return planned(source, to, remove_vanished=remove_vanished)
            if erased:
                job.context.note(
                    "Items were erased since the last copying: what the source no longer has is"
                    " removed from the copy this time."
                )
            done = copy(job, source, to, remove_vanished=remove_vanished)
            note_freed(self._ctx, erased, params.target)
            wrong = read_back(job, source, to) if params.check else []
        self._note(params, done)
        return outcome(job, done, wrong)

    def _note(self, params: ReplicateParams, done: Replication) -> None:
        with (
            self._ctx.storages.repository(params.storage_id) as repository,
            open_results(self._ctx, params.storage_id, repository) as results,
        ):
            results.note_replication(
                LastReplication(
                    at=self._ctx.now(),
                    target=params.target,
                    objects=done.objects,
                    size_bytes=done.size_bytes,
                    damaged=done.damaged,
                )
            )
        self._ctx.events.publish(
            "storage_changed", {"storage_id": params.storage_id}, needs=Verb.STORAGE_READ
        )


def planned(source: Backend, target: Backend, *, remove_vanished: bool = False) -> JobOutcome:
    """What a run would do."""
    plan = plan_replication(source, target, remove_vanished=remove_vanished)
    return JobOutcome(
        "succeeded",
        {
            "would_copy": plan.objects,
            "bytes": plan.size_bytes,
            "would_remove": plan.removed_objects,
            "dry_run": True,
        },
    )


def copy(
    job: RunningJob, source: Backend, target: Backend, *, remove_vanished: bool = False
) -> Replication:
    """Copy what differs, and show how far it is."""
    phase = job.context.phase("replicate", "bytes")
    told = expected = 0

    def progress(done: Replication) -> None:
        nonlocal told, expected
        if not expected:
            expected = done.planned.size_bytes
            phase.expect(expected)
            phase.settle()
        phase.add(done.size_bytes - told)
        told = done.size_bytes

    return replicate(
        source,
        target,
        remove_vanished=remove_vanished,
        check=job.context.check,
        progress=progress,
    )


def read_back(job: RunningJob, source: Backend, target: Backend) -> list[str]:
    """Compare the whole copy and mend what differs; the keys that are damaged in the source."""
    done = check_copy(
        source,
        target,
        check=job.context.check,
        progress=_counting(job.context.phase("check", "bytes").add),
    )
    if not done.wrong:
        return []
    job.context.note(f"{len(done.wrong)} objects of the copy differ; they are copied again")
    return repair_copy(source, target, done.wrong)


def outcome(job: RunningJob, done: Replication, wrong: list[str]) -> JobOutcome:
    """How a copy went."""
    for key in done.damaged:
        job.problem(_CAUSE_DAMAGED, key, hint="verify and repair the source")
    for key in wrong:
        if key not in done.damaged:
            job.problem(_CAUSE_WRONG, key)
    summary: dict[str, object] = {
        "objects": done.objects,
        "bytes": done.size_bytes,
        "removed": done.removed_objects,
        "damaged": len(done.damaged),
    }
    if not (done.damaged or wrong):
        return JobOutcome("succeeded", summary)
    return JobOutcome(
        "partially_succeeded",
        summary,
        error=f"{len({*done.damaged, *wrong})} objects of the source are damaged",
        hint="run `dropally storage verify` and `repair` for the source, then replicate again",
    )


def _counting(add: Callable[[int], None]) -> Callable[[CopyCheck], None]:
    told = 0

    def progress(done: CopyCheck) -> None:
        nonlocal told
        add(done.size_bytes - told)
        told = done.size_bytes

    return progress
