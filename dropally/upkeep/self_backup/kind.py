"""The job that writes a self-backup into every storage."""

import shutil
from pathlib import Path

import msgspec

from dropally.catalog import storages
from dropally.common.errors import DropallyError, NotFoundError
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.store import NotARepositoryError, StoreError
from dropally.upkeep.context import UpkeepContext
from dropally.upkeep.self_backup.making import Gathered, forget_old, gather, write_into

WORK_FOLDER = "self-backup"


class SelfBackupParams(msgspec.Struct, frozen=True):
    """`storage_ids` empty: every storage. `copy`: the name of a copy made before an upgrade."""

    reason: str = "by hand"
    storage_ids: tuple[str, ...] = ()
    copy: str = ""


class SelfBackupKind:
    """Safe to run again from the beginning: an unfinished one leaves nothing that is seen."""

    name = "self-backup"
    is_resumable = True

    def __init__(self, ctx: UpkeepContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Copy, check, pack, and write it into one storage after another."""
        params = job.params(SelfBackupParams)
        job.clear_problems()
        work = self._ctx.data_folder / WORK_FOLDER
        shutil.rmtree(work, ignore_errors=True)  # of a run that was killed
        work.mkdir(mode=0o700, parents=True)
        try:
            gathered = self._gather(work, params)
            return self._store(job, params, gathered)
        finally:
            shutil.rmtree(work, ignore_errors=True)

    def _gather(self, work: Path, params: SelfBackupParams) -> Gathered:
        try:
            return gather(self._ctx, work, params.reason, self._copy_named(params.copy))
        except (DropallyError, OSError) as error:
            with self._ctx.auth.write() as connection:
                for storage_id in params.storage_ids or self._ctx.storages.ids():
                    storages.note_self_backup_failed(
                        connection, storage_id, str(error), self._ctx.now()
                    )
            raise

    def _copy_named(self, name: str) -> Path | None:
        if not name:
            return None
        path = self._ctx.data_folder / Path(name).name
        if not path.is_file():
            raise NotFoundError(f"the copy {path} is not there any more")
        return path

    def _store(self, job: RunningJob, params: SelfBackupParams, gathered: Gathered) -> JobOutcome:
        ids = params.storage_ids or self._ctx.storages.ids()
        phase = job.context.phase("store", "files")
        phase.expect(len(ids))
        written: dict[str, str] = {}
        failed = 0
        for storage_id in ids:
            job.context.check()
            try:
                written[storage_id] = self._write(job, storage_id, gathered)
            except NotARepositoryError:
                job.context.note(f"Storage {storage_id} has no repository yet.")
            except StoreError as error:
                failed += 1
                self._note_failure(job, storage_id, error)
            phase.add()
        summary = {"storages": len(written), "bytes": gathered.size_bytes}
        result: dict[str, object] = {"self_backups": written}
        if not written:
            message = "the self-backup could be written into no storage"
            return JobOutcome("failed", summary, result, message, "see the job's problems")
        return JobOutcome("partially_succeeded" if failed else "succeeded", summary, result)

    def _write(self, job: RunningJob, storage_id: str, gathered: Gathered) -> str:
        with self._ctx.storages.repository(storage_id) as repository:
            point = write_into(repository, storage_id, gathered)
            size_bytes = point.about.size_bytes if point.about else 0
            with self._ctx.auth.write() as connection:
                storages.note_self_backup(
                    connection,
                    storage_id,
                    point.id,
                    size_bytes,
                    gathered.audit_seq,
                    self._ctx.now(),
                )
            went = forget_old(repository, self._ctx.settings().self_backup_keep)
        job.context.note(f"Written into storage {storage_id}; {went} older ones were forgotten.")
        return point.id

    def _note_failure(self, job: RunningJob, storage_id: str, error: StoreError) -> None:
        with self._ctx.auth.write() as connection:
            storages.note_self_backup_failed(connection, storage_id, str(error), self._ctx.now())
        job.problem("Storage could not be written", storage_id, str(error), error.hint)
