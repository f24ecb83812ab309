"""The job of kind `decommission`: keys first, so that nothing can be read whatever stays; then all.

Each step may be done twice. What a storage does not let go of (object lock) is reported.
"""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import msgspec

from dropally.auth import actors, audit
from dropally.catalog import decommissions, storages
from dropally.catalog.decommissions import DecommissionRow
from dropally.common.errors import DropallyError, TryLaterError, UsageError
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store import Backend, ObjectNotFoundError, ReadOnlyError, StoreError
from dropally.store.backend import ObjectStat
from dropally.store.locking import VersionsLeft, remove_for_good
from dropally.store.repository.config import KEY as CONFIG
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.decommission.asking import DECOMMISSION, StorageReport, tell_change

_KEYS = "keys/"
_DELETIONS = 8
_AT_ONCE = 1000
_LONGEST_WAIT_S = 60.0
_STEP_S = 0.2
_FOLDERS = ("stage", "restore", "downloads", "rosters", "verified", "erase", "prune")


class DecommissionKind:
    """Destroys keys, then backups, then what the appliance knows of them."""

    name = DECOMMISSION
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Raises TryLaterError while other jobs do not end, UsageError when nobody asked for it."""
        with self._ctx.auth.read() as connection:
            row = decommissions.current(connection)
        if row is None or row.state not in {"erasing", "done"}:
            raise UsageError("nobody has asked to take the appliance out of service")
        job.clear_problems()
        self._wait_for_others(job)
        reports = self._reports(row)
        for report in reports:
            self._note(reports, _destroyed(self._ctx, report), row)
        _shred(self._ctx.key_file)
        for report in reports:
            self._note(reports, self._delete_all(job, report), row)
        self._forget()
        waiting = [report for report in reports if not report.is_done]
        for report in waiting:
            job.problem("Not deleted yet", report.storage_id, report.trouble)
        summary = {
            "deleted_objects": sum(one.deleted_objects for one in reports),
            "retained_objects": sum(one.retained_objects for one in reports),
        }
        result: dict[str, object] = {"storages": msgspec.to_builtins(reports)}
        if waiting:
            return JobOutcome(
                "failed", summary, result, "a storage could not be emptied", "it is tried again"
            )
        self._finish(row)
        return JobOutcome("succeeded", summary, result)

    def _wait_for_others(self, job: RunningJob) -> None:
        """They were cancelled; what they began ends within seconds."""
        never, waited_s = Event(), 0.0
        while set(self._ctx.runner.running_ids()) - {job.id}:
            job.context.check()
            if waited_s >= _LONGEST_WAIT_S:
                raise TryLaterError("other jobs do not end", hint="it is tried again in an hour")
            never.wait(_STEP_S)
            waited_s += _STEP_S

    def _reports(self, row: DecommissionRow) -> list[StorageReport]:
        known = {
            report.storage_id: report
            for report in msgspec.json.decode(row.report, type=list[StorageReport])
        }
        return [
            known.get(storage_id)
            or StorageReport(
                storage_id=storage_id,
                location=self._ctx.storages.definition(storage_id).location,
            )
            for storage_id in self._ctx.storages.ids()
        ]

    def _note(
        self, reports: list[StorageReport], report: StorageReport, row: DecommissionRow
    ) -> None:
        place = next(
            place for place, one in enumerate(reports) if one.storage_id == report.storage_id
        )
        reports[place] = report
        with self._ctx.auth.write() as connection:
            decommissions.save_report(connection, row.id, msgspec.json.encode(reports).decode())
        tell_change(self._ctx)

    def _delete_all(self, job: RunningJob, report: StorageReport) -> StorageReport:
        """Every object of ours, then look at what is left."""
        if report.is_done or not report.is_begun:
            return report
        try:
            with self._ctx.storages.backend(report.storage_id) as backend:
                objects, size_bytes = _delete_listed(job, backend)
                left = self._left(report.storage_id, backend)
        except (StoreError, DropallyError) as error:
            return msgspec.structs.replace(report, trouble=str(error))
        return msgspec.structs.replace(
            report,
            deleted_objects=report.deleted_objects + objects,
            deleted_bytes=report.deleted_bytes + size_bytes,
            retained_objects=left.versions,
            retained_bytes=left.bytes,
            retained_until=left.until,
            is_done=True,
            trouble="",
        )

    def _left(self, storage_id: str, backend: Backend) -> VersionsLeft:
        """What is there still: in a bucket with locks, also what is hidden."""
        with self._ctx.storages.object_lock(storage_id) as locks:
            if locks is not None:
                return remove_for_good(locks, "")
        sizes = [stat.size_bytes for stat in backend.list("")]
        return VersionsLeft(len(sizes), sum(sizes))

    def _forget(self) -> None:
        """What this machine knows of the backups, and its way into Dropbox."""
        for storage_id in self._ctx.storages.ids():
            with self._ctx.storages.holding_recorders(storage_id):
                self._ctx.storages.swap_catalog(storage_id, _remove)
        self._ctx.storages.remove_caches()
        for name in _FOLDERS:
            _remove(self._ctx.data_folder / name)
        (self._ctx.data_folder / "dropbox.json").unlink(missing_ok=True)
        for path in self._ctx.data_folder.glob("dropally.before-*.db"):
            path.unlink(missing_ok=True)
        with self._ctx.auth.write() as connection:
            decommissions.forget_teams(connection)
        self._ctx.auth.database.compact()

    def _finish(self, row: DecommissionRow) -> None:
        with self._ctx.auth.write() as connection:
            decommissions.finish(connection, row.id, self._ctx.now())
            _record(connection, self._ctx)
        tell_change(self._ctx)


def _destroyed(ctx: UpkeepContext, report: StorageReport) -> StorageReport:
    """Without its key slots nobody opens a repository any more, with whatever secret."""
    if report.keys_destroyed:
        return report
    try:
        with ctx.storages.alone(report.storage_id) as backend:
            if not report.is_begun:
                _require_repository(ctx, report.storage_id, backend)
            is_empty = _delete_keys(backend)
        with ctx.storages.object_lock(report.storage_id) as locks:
            if locks is not None:
                is_empty = is_empty and not remove_for_good(locks, _KEYS).versions
    except (StoreError, DropallyError) as error:
        return msgspec.structs.replace(report, trouble=str(error))
    return msgspec.structs.replace(report, is_begun=True, keys_destroyed=is_empty, trouble="")


def _require_repository(ctx: UpkeepContext, storage_id: str, backend: Backend) -> None:
    """Raise TryLaterError where a repository was, and is not: a disk that is not mounted is empty."""
    try:
        backend.stat(CONFIG)
    except ObjectNotFoundError:
        with ctx.auth.read() as connection:
            was_there = (
                storages.keys_of(connection, storage_id) is not None
                or storage_id in storages.self_backups(connection)
                or ctx.tasks_in(storage_id) > 0
            )
        if was_there:
            raise TryLaterError(
                f"no repository lies in {backend.location}",
                hint="see whether the disk is mounted and the bucket is the right one",
            ) from None


def _delete_keys(backend: Backend) -> bool:
    """False where the storage denies deletion: that is told with the rest."""
    for stat in list(backend.list(_KEYS)):
        try:
            backend.delete(stat.key)
        except ReadOnlyError:
            return False
    return next(backend.list(_KEYS), None) is None


def _delete_listed(job: RunningJob, backend: Backend) -> tuple[int, int]:
    """How many objects were deleted, and their bytes; those that may not be stay."""

    def delete(stat: ObjectStat) -> int:
        try:
            backend.delete(stat.key)
        except ReadOnlyError:
            return -1
        return stat.size_bytes

    phase = job.context.phase("delete", "entries")
    objects = size_bytes = 0
    with ThreadPoolExecutor(_DELETIONS, thread_name_prefix="delete") as pool:
        for batch in _batches(backend):
            job.context.check()
            gone = [size for size in pool.map(delete, batch) if size >= 0]
            objects += len(gone)
            size_bytes += sum(gone)
            phase.add(len(batch))
    return objects, size_bytes


def _batches(backend: Backend) -> Iterator[list[ObjectStat]]:
    # The config is the last to go: as long as it is there, it is known that not all is done.
    stats = sorted(backend.list(""), key=lambda stat: stat.key == CONFIG)
    for start in range(0, len(stats), _AT_ONCE):
        yield stats[start : start + _AT_ONCE]


def _shred(key_file: Path) -> None:
    """Overwrite, then delete. A disk may keep older copies of a file: the slots are gone as well."""
    try:
        size = key_file.stat().st_size
        with key_file.open("r+b") as file:
            file.write(os.urandom(size))
            file.flush()
            os.fsync(file.fileno())
        key_file.unlink()
    except FileNotFoundError:
        return


def _remove(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)


def _record(connection: sqlite3.Connection, ctx: UpkeepContext) -> None:
    audit.record(
        connection,
        ctx.now(),
        actors.scheduler(),
        audit.Activity.BACKUP_DELETED,
        "The appliance was taken out of service: keys and backups were destroyed.",
    )
