"""A selection as a zip file: every file checked, and a report of all of them at its end."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from typing import IO

from dropally.common.spreadsheet import Cell, csv_pieces, csv_row
from dropally.common.text import format_time
from dropally.jobs.context import JobContext
from dropally.jobs.export.layout import Names, Target, layout
from dropally.jobs.export.work import ExportWork
from dropally.recovery.content import hashed
from dropally.recovery.trees import as_moment
from dropally.recovery.zip_format import ZipWriter, fits
from dropally.store import BytesLike, Content, DamagedError, Reader, Repository

REPORT_NAME = "Dropally report.csv"
_HELD_BYTES = 8 << 20
_BATCH_FILES = 512
_BATCH_BYTES = 64 << 20
_REPORT_IN_MEMORY = 1 << 20
_COPIED_BYTES = 256 << 10
OnProblem = Callable[[str, str, str], None]
"""Told of each item that is not in the zip file: the cause, which item, and the details."""
_HEADER = (
    "Item",
    "Name in the zip file",
    "Size in bytes",
    "Modified",
    "Dropbox content hash",
    "Outcome",
    "Detail",
)


def _nobody_asks(_cause: str, _item: str, _detail: str) -> None:
    """Where nobody listens, the report in the zip file says it."""


class Zipping:
    """One selection being zipped. `close` it in the end."""

    def __init__(
        self,
        context: JobContext,
        repository: Repository,
        reader: Reader,
        work: ExportWork,
        *,
        part_bytes: int = 0,
    ) -> None:
        """`part_bytes`: begin another zip file when one has grown so long; 0 makes one."""
        self.files = 0
        self.bytes = 0
        self.problems = 0
        self.on_problem: OnProblem = _nobody_asks
        self._context = context
        self._repository = repository
        self._reader = reader
        self._work = work
        self._part_bytes = part_bytes
        self._names = Names(portable=True)
        self._writer = ZipWriter()
        self._report: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  closed by `close`
            max_size=_REPORT_IN_MEMORY
        )
        self._report.write(b"".join(csv_pieces(_HEADER, (), bom=True)))

    def close(self) -> None:
        """Let go of temporary files."""
        self._writer.close()
        self._report.close()

    def pieces(self) -> Iterator[BytesLike | None]:
        """The bytes of the zip file; None between two parts.

        A damaged file is in the report, and its entry cannot be unpacked unnoticed. Anything else
        that goes wrong (the storage cannot be reached) raises.
        """
        report = self._names.place("", REPORT_NAME, PurePosixPath())
        batch: list[tuple[Target, Content]] = []
        size = 0
        for target in layout(self._repository, self._reader, self._work, self._names):
            self._context.check()
            if not fits(str(target.path)):
                self._note(target, "failed", "its path is too long for a zip file")
            elif target.entry.kind == "folder":
                yield from self._writer.folder(str(target.path))
            elif target.content is None:
                self._refuse(target)
            else:
                batch.append((target, target.content))
                size += target.content.size_bytes
                if len(batch) >= _BATCH_FILES or size >= _BATCH_BYTES:
                    yield from self._files(batch)
                    batch, size = [], 0
        yield from self._files(batch)
        yield from self._close_report(str(report))
        yield from self._writer.end()

    def _files(self, batch: list[tuple[Target, Content]]) -> Iterator[BytesLike | None]:
        """Read as the packs hold them, each once."""
        files = self._context.phase("files", "files")
        size = self._context.phase("read", "bytes")
        files.expect(len(batch))
        size.expect(sum(content.size_bytes for _, content in batch))
        wanted = [((target, content), content) for target, content in batch]
        for (target, content), pieces in self._reader.read_many(wanted):
            self._context.check()
            if self._part_bytes and self._writer.size_bytes >= self._part_bytes:
                yield from self._next_part()
            if content.size_bytes <= _HELD_BYTES:
                yield from self._held(target, pieces)
            else:
                yield from self._streamed(target, content, pieces)
            files.add()
            size.add(content.size_bytes)

    def _held(self, target: Target, pieces: Iterator[bytes]) -> Iterator[bytes]:
        content_hash = _hash_of(target)
        checked = hashed(pieces, content_hash) if content_hash is not None else pieces
        try:
            content = b"".join(checked)
        except DamagedError as error:
            self._note(target, "failed", str(error))
            return
        yield from self._writer.held(str(target.path), content, target.entry.client_modified)
        self._done(target, len(content))

    def _streamed(
        self, target: Target, content: Content, pieces: Iterator[bytes]
    ) -> Iterator[BytesLike]:
        content_hash = _hash_of(target)
        checked = hashed(pieces, content_hash) if content_hash is not None else pieces
        path, modified = str(target.path), target.entry.client_modified
        try:
            for piece in self._writer.streamed(path, checked, content.size_bytes, modified):
                self._context.check()
                yield piece
        except DamagedError as error:
            yield from self._writer.spoil()
            self._note(target, "failed", f"do not use what is in the zip file: {error}")
            return
        self._done(target, content.size_bytes)

    def _next_part(self) -> Iterator[BytesLike | None]:
        yield from self._writer.end()
        yield None
        self._writer.close()
        self._writer = ZipWriter()

    def _close_report(self, path: str) -> Iterator[BytesLike]:
        size = self._report.tell()
        self._report.seek(0)
        pieces = iter(lambda: self._report.read(_COPIED_BYTES), b"")
        yield from self._writer.streamed(path, pieces, size)

    # -- the report --------------------------------------------------------------------------

    def _refuse(self, target: Target) -> None:
        if target.entry.kind == "symlink":
            self._note(target, "left out", f"a link to {target.entry.symlink_target}", False)
        else:
            reason = target.entry.failure or target.entry.kind
            self._note(target, "failed", f"not in this restore point: {reason}")

    def _done(self, target: Target, size_bytes: int) -> None:
        self.files += 1
        self.bytes += size_bytes
        self._write_row(target, size_bytes, "in the zip file", "")

    def _note(self, target: Target, outcome: str, detail: str, is_problem: bool = True) -> None:
        self.problems += is_problem
        if is_problem:
            self.on_problem(detail.partition(":")[0], target.source, detail)
        self._write_row(target, target.entry.size_bytes, outcome, detail)

    def _write_row(self, target: Target, size_bytes: int, outcome: str, detail: str) -> None:
        content_hash, modified = _hash_of(target), as_moment(target.entry.client_modified)
        row: list[Cell] = [
            target.source,
            str(target.path) if outcome != "left out" else "",
            size_bytes,
            format_time(modified) if modified else "",
            content_hash.hex() if content_hash else "",
            outcome,
            detail,
        ]
        self._report.write(csv_row(row))


def _hash_of(target: Target) -> bytes | None:
    """The content hash is that of the file itself, not of what it was exported to."""
    return target.entry.content_hash if target.entry.kind == "file" else None
