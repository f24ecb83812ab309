"""Making a storage's catalog again from its repository, while the one there is stays readable.

The new catalog grows in a folder beside the old one and takes its place in the end. Whoever records
restore points waits for that moment only.
"""

import os
import shutil
from contextlib import suppress
from pathlib import Path

import msgspec

from dropally.auth import actors
from dropally.auth.actors import Actor
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import DatabaseDamagedError, OutOfStepError
from dropally.catalog.history import FILE_NAME, open_history
from dropally.catalog.jobs import JobRow
from dropally.catalog.points import has_points
from dropally.jobs.record import RecordReport, record_repository
from dropally.jobs.runner import UPKEEP, Initiator, JobOutcome, JobRequest, RunningJob, initiator_of
from dropally.store import Repository, StoreError
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.self_backup.package import GROUP

_READER_BYTES = 64 << 20


class RebuildParams(msgspec.Struct, frozen=True):
    """Which storage's catalog."""

    storage_id: str


class RebuildKind:
    """Goes on where it was: what was recorded before a stop is kept."""

    name = "rebuild"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Record everything anew, then swap."""
        storage_id = job.params(RebuildParams).storage_id
        if not job.state:
            shutil.rmtree(self._building(storage_id), ignore_errors=True)
            job.set_state(b"building")
        try:
            report = self.rebuild(job, storage_id)
        except (OutOfStepError, DatabaseDamagedError) as error:
            # Points were forgotten since it began, or a crash left it broken: from the beginning.
            job.context.note(f"Beginning again: {error}")
            shutil.rmtree(self._building(storage_id), ignore_errors=True)
            report = self.rebuild(job, storage_id)
        self._ctx.events.publish(
            "storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ
        )
        summary = {"points": report.points, "snapshots": report.snapshots, "items": report.items}
        is_whole = not job.findings.problem_count
        return JobOutcome("succeeded" if is_whole else "partially_succeeded", summary)

    def begin_anew(self, job: RunningJob, storage_id: str) -> RecordReport:
        """For a job that holds the catalog's lock: nothing of an earlier attempt is used."""
        shutil.rmtree(self._building(storage_id), ignore_errors=True)
        return self.rebuild(job, storage_id)

    def rebuild(self, job: RunningJob, storage_id: str) -> RecordReport:
        """Record all that is missing in the new catalog, then swap. Raises OutOfStepError."""
        storages = self._ctx.storages
        with storages.repository(storage_id) as repository:
            with open_history(self._building(storage_id)) as fresh:
                report = self._record(job, repository, fresh)
            with storages.holding_recorders(storage_id):
                with open_history(self._building(storage_id)) as fresh:
                    newest = self._record(job, repository, fresh)
                storages.swap_catalog(storage_id, self._exchange)
        report.points += newest.points
        report.snapshots += newest.snapshots
        report.items += newest.items
        return report

    def _record(
        self, job: RunningJob, repository: Repository, catalog: DatabaseFile
    ) -> RecordReport:
        total = RecordReport()
        with repository.reader(memory_limit=_READER_BYTES) as reader:
            for group in repository.point_chain.owners():
                if group == GROUP:
                    continue
                job.context.check()
                found = record_repository(job.context, repository, reader, group, catalog)
                total.points += found.points
                total.snapshots += found.snapshots
                total.items += found.items
                # At once: what was passed over is not looked at again by a later attempt.
                for problem in found.problems:
                    job.problem("Could not be read from the repository", problem)
        return total

    def _building(self, storage_id: str) -> Path:
        # No id of a storage holds a dot, so these names are nobody else's.
        folder = self._ctx.storages.catalog_folder(storage_id)
        return folder.with_name(f"{folder.name}.rebuilding")

    def _exchange(self, folder: Path) -> None:
        """Put the new folder in the place of the old one.

        Stopped between the two steps, the job is run again: the new one is complete then.
        """
        replaced = folder.with_name(f"{folder.name}.replaced")
        shutil.rmtree(replaced, ignore_errors=True)
        with suppress(FileNotFoundError):
            folder.rename(replaced)
        folder.with_name(f"{folder.name}.rebuilding").rename(folder)
        descriptor = os.open(folder.parent, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        shutil.rmtree(replaced, ignore_errors=True)


def request_rebuild(ctx: UpkeepContext, actor: Actor, storage_id: str) -> JobRow:
    """Have a storage's catalog made again. Raises ForbiddenError, NotFoundError."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    ctx.storages.definition(storage_id)
    return ctx.runner.submit(rebuild_request(storage_id, initiator_of(actor)))


def rebuild_request(storage_id: str, initiator: Initiator) -> JobRequest:
    """The job, for whoever puts it into a database."""
    return JobRequest(
        kind=RebuildKind.name,
        title=f"Rebuild the catalog of storage {storage_id}",
        params=RebuildParams(storage_id),
        initiator=initiator,
        storage_id=storage_id,
        locks=(f"catalog:{storage_id}",),
        priority=UPKEEP,
        dedupe=f"rebuild:{storage_id}",
        service="appliance",
    )


def rebuild_when_needed(ctx: UpkeepContext) -> None:
    """From now on a catalog that is damaged or out of step is rebuilt by itself."""

    def on_trouble(storage_id: str, _error: Exception) -> None:
        request_rebuild(ctx, actors.scheduler(), storage_id)

    ctx.storages.on_catalog_trouble = on_trouble


def request_missing(ctx: UpkeepContext) -> list[JobRow]:
    """Ask for the catalogs that hold nothing although their repository holds restore points.

    Storages that do not answer at once are passed over; ask again later.
    """
    missing = []
    for storage_id in ctx.storages.ids():
        if not ctx.storages.check_within(storage_id).is_reachable or not _is_empty(ctx, storage_id):
            continue
        with suppress(StoreError), ctx.storages.repository(storage_id) as repository:
            if any(group != GROUP for group in repository.point_chain.owners()):
                missing.append(request_rebuild(ctx, actors.scheduler(), storage_id))
    return missing


def _is_empty(ctx: UpkeepContext, storage_id: str) -> bool:
    if not (ctx.storages.catalog_folder(storage_id) / FILE_NAME).exists():
        return True
    try:
        with ctx.storages.catalog(storage_id).read() as connection:
            return not has_points(connection)
    except DatabaseDamagedError:
        return False  # that was told, and a rebuild asked for
