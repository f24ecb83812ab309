"""Store a folder's contents under the hashes by which Dropbox names them.

What a backup would download it first looks up by content hash and size. So contents that are there
already, from a copy on a disk, cost no download, whatever the files are called by now. A wrong or
outdated file does no harm: nobody asks for its hash.

A snapshot of a source of its own keeps what was read: it is how a second run knows which files it
need not read again, and it holds the contents until `forget_seeds`. It is in no restore point.
"""

import hashlib
import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from dropally.common.errors import CancelledError, NotFoundError
from dropally.dropbox_api.content_hash import ContentHasher
from dropally.jobs.context import JobContext
from dropally.jobs.seed.local_files import LocalFile, key_of, walk
from dropally.store import (
    Entry,
    Fingerprint,
    PageId,
    Reader,
    ReadOnlyError,
    Repository,
    SnapshotDraft,
    Writer,
    encode_entry,
)

SOURCE_PREFIX = "dropally:seed:"
_READ_BYTES = 1024 * 1024
_MODIFIED = "modified_ns"
# What a kill costs: so much is read again at most, but for what one file holds.
_COMMIT_BYTES = 8 * 1024 * 1024 * 1024
_COMMIT_FILES = 50_000
_AHEAD = 64
_MOST_NAMED = 1000
_SOURCE_DIGITS = 16


@dataclass(frozen=True)
class SkippedFile:
    """A file or folder that could not be read, and why."""

    path: str
    reason: str


@dataclass(frozen=True)
class SeedWork:
    """What to read. `dry_run`: only count what would be."""

    folder: Path
    dry_run: bool = False
    threads: int = 2
    commit_files: int = _COMMIT_FILES
    commit_bytes: int = _COMMIT_BYTES


@dataclass
class SeedReport:
    """What was found. `known`: read by an earlier run, and unchanged since.

    `stored_bytes` is what the repository grew by. Skipped files beyond a thousand are only counted.
    """

    files: int = 0
    size_bytes: int = 0
    known_files: int = 0
    known_bytes: int = 0
    read_files: int = 0
    read_bytes: int = 0
    stored_bytes: int = 0
    skipped_count: int = 0
    skipped: list[SkippedFile] = field(default_factory=list)

    def skip(self, path: str, reason: str) -> None:
        """Note what could not be read."""
        self.skipped_count += 1
        if len(self.skipped) < _MOST_NAMED:
            self.skipped.append(SkippedFile(path, reason))


def seed(context: JobContext, repository: Repository, work: SeedWork) -> SeedReport:
    """Read a folder into the repository; what an earlier run read is passed over.

    Raises NotFoundError for no folder, CancelledError after what was read is kept, and the store's
    errors.
    """
    if not work.folder.is_dir():
        raise NotFoundError(f"{work.folder} is no folder", hint="name the folder of the copy")
    run = _Seeding(context, repository, work)
    if work.dry_run:
        return run.look()
    return run.read()


def forget_seeds(repository: Repository) -> int:
    """Let go of all that was seeded; how many copies that were. What backups refer to stays.

    Space is freed by the next prune. Raises the store's errors.
    """
    sources = [
        source for source in repository.snapshot_chain.owners() if source.startswith(SOURCE_PREFIX)
    ]
    for source in sources:
        for snapshot in list(repository.snapshots(source)):
            repository.forget_snapshot(snapshot.id)
    return len(sources)


class _Change(NamedTuple):
    """A key with its new entry; None for a file that is gone."""

    key: bytes
    entry: bytes | None
    size_bytes: int


@dataclass
class _Batch:
    """What waits for the next commit."""

    changes: list[tuple[bytes, bytes | None]] = field(default_factory=list)
    size_bytes: int = 0

    def add(self, change: _Change) -> None:
        """One more change."""
        self.changes.append((change.key, change.entry))
        self.size_bytes += change.size_bytes

    def is_full(self, work: SeedWork) -> bool:
        """Whether so much waits that losing it would hurt."""
        return len(self.changes) >= work.commit_files or self.size_bytes >= work.commit_bytes


class _Seeding:
    def __init__(self, context: JobContext, repository: Repository, work: SeedWork) -> None:
        self._context = context
        self._repository = repository
        self._work = work
        self._folder = str(work.folder.resolve())
        # A name of a fixed length, since a folder's may be longer than a source's can be.
        digest = hashlib.sha256(key_of(self._folder)).hexdigest()
        self._source = SOURCE_PREFIX + digest[:_SOURCE_DIGITS]
        self._report = SeedReport()
        parent = repository.latest(self._source)
        self._root: PageId | None = parent.root if parent else None
        self._local = threading.local()
        self._counting = threading.Lock()
        self._found = context.phase("find", "files")
        self._bytes = context.phase("seed", "bytes")

    def look(self) -> SeedReport:
        """Count; nothing is read or written."""
        with self._repository.reader() as reader:
            for _ in self._to_do(reader):
                pass
        return self._report

    def read(self) -> SeedReport:
        """Store what is new or changed."""
        batch = _Batch()
        with self._repository.reader() as reader, self._repository.writer(note="seed") as writer:
            try:
                for change in self._changes(reader, writer):
                    batch.add(change)
                    if batch.is_full(self._work):
                        self._commit(writer, batch)
                        batch = _Batch()
            except CancelledError:
                self._commit(writer, batch)
                raise
            self._commit(writer, batch)
        self._report.stored_bytes = writer.stored_bytes
        self._forget_older()
        return self._report

    def _forget_older(self) -> None:
        """The newest snapshot has everything that the folder has."""
        kept = list(self._repository.snapshots(self._source))
        with suppress(ReadOnlyError):  # where nothing can be deleted, they stay and do no harm
            for snapshot in kept[:-1]:
                self._repository.forget_snapshot(snapshot.id)

    def _commit(self, writer: Writer, batch: _Batch) -> None:
        if batch.changes:
            self._root = writer.apply(self._root, batch.changes)
            labels = {"folder": key_of(self._folder).decode()}
            writer.commit(SnapshotDraft(source=self._source, root=self._root, labels=labels))

    def _to_do(self, reader: Reader) -> Iterator[tuple[bytes, LocalFile | None]]:
        """Files to read, and (None) keys of files that are gone, in the order of keys."""
        known = reader.tree(self._root).scan()
        before = next(known, None)
        last_key = b""
        for file in walk(self._folder, self._note_trouble):
            self._context.check()
            if file.key <= last_key:
                self._skip(file.disk_path, "its name cannot be told from another's")
                continue
            last_key = file.key
            self._report.files += 1
            self._report.size_bytes += file.size_bytes
            self._found.add()
            while before is not None and before[0].encode() < file.key:
                yield before[0].encode(), None
                before = next(known, None)
            if before is not None and before[0].encode() == file.key:
                entry, before = before[1], next(known, None)
                if _is_same(entry, file):
                    self._report.known_files += 1
                    self._report.known_bytes += file.size_bytes
                    continue
            yield file.key, file
        while before is not None:
            yield before[0].encode(), None
            before = next(known, None)

    def _changes(self, reader: Reader, writer: Writer) -> Iterator[_Change]:
        """What is to be changed in the tree, in the order of keys; several threads read."""
        ahead: deque[tuple[bytes, Future[_Change | None] | None]] = deque()
        with ThreadPoolExecutor(self._work.threads, thread_name_prefix="seed") as pool:
            for key, file in self._to_do(reader):
                future = None
                if file is not None:
                    self._bytes.expect(file.size_bytes)
                    future = pool.submit(self._store, writer, file)
                ahead.append((key, future))
                if len(ahead) >= _AHEAD:
                    yield from self._taken(*ahead.popleft())
            self._bytes.settle()
            while ahead:
                yield from self._taken(*ahead.popleft())

    def _taken(self, key: bytes, future: "Future[_Change | None] | None") -> Iterator[_Change]:
        if future is None:
            yield _Change(key, None, 0)
        elif (change := future.result()) is not None:
            self._report.read_files += 1
            self._report.read_bytes += change.size_bytes
            yield change

    def _store(self, writer: Writer, file: LocalFile) -> _Change | None:
        """The entry of a file whose content is on its way; None when it cannot be read."""
        hasher = ContentHasher()

        def fingerprint() -> Fingerprint:
            return Fingerprint(bytes.fromhex(hasher.hexdigest()), hasher.size_bytes)

        try:
            content = writer.add(self._pieces(file.disk_path, hasher), fingerprint=fingerprint)
        except OSError as error:
            self._note_trouble(file.disk_path, error)
            return None
        entry = Entry(
            "file",
            file.key.rpartition(b"/")[2].decode(),
            size_bytes=content.size_bytes,
            content_hash=fingerprint().digest,
            content=content,
            extra={_MODIFIED: file.modified_ns},
        )
        return _Change(file.key, encode_entry(entry), content.size_bytes)

    def _pieces(self, disk_path: str, hasher: ContentHasher) -> Iterator[memoryview]:
        """The bytes of a file, in a buffer that each thread uses again and again."""
        buffer = getattr(self._local, "buffer", None)
        if buffer is None:
            buffer = self._local.buffer = memoryview(bytearray(_READ_BYTES))
        with Path(disk_path).open("rb", buffering=0) as source:
            while count := source.readinto(buffer):
                self._context.check()
                piece = buffer[:count]
                hasher.update(piece)
                self._bytes.add(count)
                yield piece

    def _note_trouble(self, path: str, error: OSError) -> None:
        self._skip(path, error.strerror or str(error))

    def _skip(self, path: str, reason: str) -> None:
        with self._counting:
            self._report.skip(path, reason)


def _is_same(entry: Entry, file: LocalFile) -> bool:
    modified_ns = (entry.extra or {}).get(_MODIFIED)
    return (entry.size_bytes, modified_ns) == (file.size_bytes, file.modified_ns)
