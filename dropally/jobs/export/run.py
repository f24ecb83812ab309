"""The export work unit: walk, read each pack once, write, check."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from dropally.jobs.context import JobContext
from dropally.jobs.export.layout import Names, Target, layout
from dropally.jobs.export.target import ItemError, TargetFolder
from dropally.jobs.export.work import ExportProblem, ExportResult, ExportWork
from dropally.store import BytesLike, Content, DamagedError, Reader

_BATCH = 2048
_NAMES_FILE = "dropally-renamed.tsv"


def run(context: JobContext, work: ExportWork) -> ExportResult:
    """Write what `work` names below its target folder.

    Run it again after an interruption: files that are complete are passed over. A file whose
    content is missing or damaged, or in whose place something else lies, is a problem in the
    result; the rest is written. Raises NotFoundError for an unknown address, DeniedError for a
    full or read-only disk.
    """
    with work.repository.open(context.clock) as repository, repository.reader() as reader:
        names = Names(portable=work.portable)
        target = TargetFolder(work.target)
        try:
            export = _Export(context, work, reader, target)
            batch: list[Target] = []
            for item in layout(repository, reader, work, names):
                export.plan(item, batch)
                if len(batch) >= _BATCH:
                    export.write(batch)
                    batch.clear()
            export.write(batch)
            _write_names(target, names)
        finally:
            target.close()
        return export.result(names)


@dataclass
class _Export:
    context: JobContext
    work: ExportWork
    reader: Reader
    target: TargetFolder
    problems: list[ExportProblem] = field(default_factory=list)
    files: int = 0
    folders: int = 0
    bytes: int = 0
    skipped: int = 0

    def result(self, names: Names) -> ExportResult:
        return ExportResult(
            self.files,
            self.folders,
            self.bytes,
            self.skipped,
            tuple(self.problems),
            tuple(names.renamed),
        )

    def plan(self, item: Target, batch: list[Target]) -> None:
        """Folders and links at once; files into the batch unless they lie there already."""
        self.context.check()
        try:
            self.target.make_folder(item.path.parent)
            if item.entry.kind == "folder":
                self.target.make_folder(item.path)
                self.folders += 1
            elif item.entry.kind == "symlink":
                self.target.link(item.path, item.entry.symlink_target)
            elif item.content is None:
                self._problem(item, f"not in this restore point: {item.entry.failure}")
            elif self._is_done(item, item.content):
                self.skipped += 1
            else:
                batch.append(item)
        except ItemError as error:
            self._problem(item, str(error))

    def write(self, batch: list[Target]) -> None:
        """Read and write the files of a batch in the order in which packs hold them."""
        files = self.context.phase("export", "files")
        size = self.context.phase("write", "bytes")
        wanted = [(item, item.content) for item in batch if item.content is not None]
        files.expect(len(wanted))
        size.expect(sum(content.size_bytes for _, content in wanted))
        for item, pieces in self.reader.read_many(wanted):
            self._write_one(item, self._counted(pieces))
            files.add()

    def _write_one(self, item: Target, pieces: Iterable[BytesLike]) -> None:
        # The content hash is that of the file itself, not of what it was exported to.
        content_hash = item.entry.content_hash if item.entry.kind == "file" else None
        try:
            size = self.target.write(item.path, pieces, item.entry.client_modified, content_hash)
        except (ItemError, DamagedError) as error:
            self._problem(item, str(error))
            return
        self.files += 1
        self.bytes += size

    def _is_done(self, item: Target, content: Content) -> bool:
        if not self.target.has(item.path, content.size_bytes, item.entry.client_modified):
            return False
        if self.work.verify and item.entry.kind == "file" and item.entry.content_hash is not None:
            return self.target.hash_of(item.path) == item.entry.content_hash.hex()
        return True

    def _problem(self, item: Target, reason: str) -> None:
        self.problems.append(ExportProblem(item.source, reason))
        self.context.note(f"{item.source}: {reason}")

    def _counted(self, pieces: Iterable[BytesLike]) -> Iterator[BytesLike]:
        phase = self.context.phase("write", "bytes")
        for piece in pieces:
            self.context.check()
            phase.add(len(piece))
            yield piece


def _write_names(target: TargetFolder, names: Names) -> None:
    """A table of what is called otherwise here than in Dropbox, for those who need to go back."""
    path = PurePosixPath(_NAMES_FILE)
    if not names.renamed or target.has_any(path):
        return
    lines = ["name in Dropbox\tname on disk\n"]
    lines += [f"{renamed.path}\t{renamed.exported_as}\n" for renamed in names.renamed]
    target.write(path, ["".join(lines).encode("utf-8", "surrogateescape")], None, None)
