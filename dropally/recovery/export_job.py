"""The job that exports: zip files that wait to be fetched, or files in a folder of this machine."""

import errno
import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dropally.catalog import downloads
from dropally.catalog.downloads import DownloadPart, DownloadRow
from dropally.catalog.selections import mark_told
from dropally.common.errors import DeniedError, DropallyError
from dropally.common.ids import new_id
from dropally.jobs import export
from dropally.jobs.runner import JobOutcome, RunningJob
from dropally.notify.mails import export_ready
from dropally.notify.telling import tell_user
from dropally.recovery import asking
from dropally.recovery.asking import Asked
from dropally.recovery.context import RecoveryContext
from dropally.recovery.downloads import issue_token, link_of
from dropally.recovery.exporting import ExportParams, export_work
from dropally.recovery.staging import check_staging_room, discard, part_path
from dropally.recovery.zipping import Zipping
from dropally.store import BytesLike


class ExportKind:
    """Exports to a download or to a folder."""

    name = "export"
    is_resumable = True

    def __init__(self, ctx: RecoveryContext) -> None:
        self._ctx = ctx

    def run(self, job: RunningJob) -> JobOutcome:
        """Export. A folder goes on where it was after a stop; a zip file is begun anew."""
        params = job.params(ExportParams)
        asked = asking.read_frozen(self._ctx, params.selection_id)
        if params.to == "folder":
            return self._to_folder(job, asked, Path(params.folder))
        return self._to_download(job, asked, params)

    # -- into a folder -----------------------------------------------------------------------

    def _to_folder(self, job: RunningJob, asked: Asked, folder: Path) -> JobOutcome:
        done = export.run(job.context, export_work(self._ctx, asked, folder))
        job.clear_problems()
        for problem in done.problems:
            cause = problem.reason.partition(":")[0]
            job.problem(cause, problem.path, problem.reason)
        summary = {
            "files": done.files,
            "folders": done.folders,
            "bytes": done.bytes,
            "skipped": done.skipped,
            "failed": len(done.problems),
            "renamed": len(done.renamed),
        }
        return JobOutcome(
            "partially_succeeded" if done.problems else "succeeded",
            summary,
            {"folder": str(folder)},
        )

    # -- as a download -----------------------------------------------------------------------

    def _to_download(self, job: RunningJob, asked: Asked, params: ExportParams) -> JobOutcome:
        published = self._discard_earlier(job)
        if published is not None:
            return _outcome(published, {})
        check_staging_room(self._ctx, asked.totals.size_bytes)
        download_id = new_id("dwn_")
        # Noted before the first byte: whatever happens, the next attempt finds what to delete.
        job.set_state(download_id.encode())
        try:
            parts, zipping = self._write(job, asked, params, download_id)
        except BaseException:
            discard(self._ctx, download_id)
            raise
        row = self._publish(job, asked, params, download_id, parts, zipping.problems)
        return _outcome(row, {"files": zipping.files, "bytes": zipping.bytes})

    def _discard_earlier(self, job: RunningJob) -> DownloadRow | None:
        """What an interrupted attempt has left goes, unless only the job's end was not written."""
        with self._ctx.auth.read() as connection:
            published = downloads.download_of_job(connection, job.id)
        if published is None and job.state:
            discard(self._ctx, job.state.decode())
        return published

    def _write(
        self, job: RunningJob, asked: Asked, params: ExportParams, download_id: str
    ) -> tuple[list[DownloadPart], Zipping]:
        ctx = self._ctx
        name = f"{asked.names} {ctx.now():%Y-%m-%d %H-%M}"
        with (
            ctx.storages.repository(asked.storage_id) as repository,
            repository.reader() as reader,
        ):
            work = export_work(ctx, asked, Path())
            zipping = Zipping(job.context, repository, reader, work, part_bytes=params.part_bytes)
            zipping.on_problem = job.problem
            job.clear_problems()
            parts: list[DownloadPart] = []
            try:
                pieces = zipping.pieces()
                while (part := self._write_part(download_id, len(parts) + 1, pieces)) is not None:
                    parts.append(part)
            finally:
                zipping.close()
        return _named(parts, name), zipping

    def _write_part(
        self, download_id: str, number: int, pieces: Iterator[BytesLike | None]
    ) -> DownloadPart | None:
        """One file, durable under its name when this returns; None if nothing is left."""
        first = next(pieces, None)
        if first is None:
            return None
        path = part_path(self._ctx, download_id, number)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            unfinished = path.with_suffix(".partial")
            with unfinished.open("wb") as file:
                hashing = _Hashing(file)
                hashing.write(first)
                for piece in pieces:
                    if piece is None:
                        break
                    hashing.write(piece)
                file.flush()
                os.fsync(file.fileno())
            unfinished.rename(path)
        except OSError as error:
            raise _translated(error) from error
        return DownloadPart("", hashing.size_bytes, hashing.digest.hexdigest())

    def _publish(
        self,
        job: RunningJob,
        asked: Asked,
        params: ExportParams,
        download_id: str,
        parts: list[DownloadPart],
        problems: int,
    ) -> DownloadRow:
        ctx, now = self._ctx, self._ctx.now()
        row = DownloadRow(
            id=download_id,
            job=job.id,
            owner=_owner(job),
            title=job.row.title,
            places=tuple((entity.task_id, entity.id) for entity in asked.entities.values()),
            state="ready",
            parts=tuple(parts),
            problems=problems,
            token_hash=None,
            created=now,
            expires=now + ctx.settings().download_link_ttl,
        )
        with ctx.auth.write() as connection:
            downloads.insert_download(connection, row)
            token = issue_token(connection, row.id)
            mark_told(connection, params.selection_id)
            letter = export_ready(
                title=row.title,
                link=link_of(ctx, token),
                expires=row.expires,
                size_bytes=sum(part.size_bytes for part in parts),
                sha256="\n".join(
                    part.sha256 if len(parts) == 1 else f"{part.name}: {part.sha256}"
                    for part in parts
                ),
            )
            tell_user(connection, ctx.auth, row.owner, letter)
        return row


def _outcome(row: DownloadRow, counts: dict[str, object]) -> JobOutcome:
    return JobOutcome(
        "partially_succeeded" if row.problems else "succeeded",
        {**counts, "failed": row.problems, "parts": len(row.parts)},
        {"download_id": row.id, "expires": row.expires.isoformat()},
        error="the report in the zip file says what is missing" if row.problems else "",
    )


@dataclass
class _Hashing:
    """Writes and hashes what it writes."""

    file: IO[bytes]
    size_bytes: int = 0

    def __post_init__(self) -> None:
        self.digest = hashlib.sha256()

    def write(self, piece: BytesLike) -> None:
        self.file.write(piece)
        self.digest.update(piece)
        self.size_bytes += len(piece)


def _owner(job: RunningJob) -> str:
    """Under which name selections and downloads of the job's initiator are kept."""
    row = job.row
    return row.initiator_id if row.initiator_kind in {"user", "token"} else row.initiator_kind


def _named(parts: list[DownloadPart], name: str) -> list[DownloadPart]:
    if len(parts) == 1:
        return [DownloadPart(f"{name}.zip", parts[0].size_bytes, parts[0].sha256)]
    return [
        DownloadPart(f"{name} part {number} of {len(parts)}.zip", part.size_bytes, part.sha256)
        for number, part in enumerate(parts, start=1)
    ]


def _translated(error: OSError) -> DropallyError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DeniedError(
            "the appliance's disk is full",
            hint="free space, then retry; or download without preparing",
        )
    return DropallyError(f"the download cannot be written: {error.strerror}")
