"""The writer: what callers see of storing."""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from types import TracebackType

from dropally.store import tree
from dropally.store.backend import BytesLike
from dropally.store.chunker import Chunker, take_short
from dropally.store.codec import name_bytes
from dropally.store.content import Content, ContentRecord, Fingerprint, check_fingerprint
from dropally.store.errors import ConflictError, StoreError
from dropally.store.index import Adoption, newest_number
from dropally.store.pack import PackKind
from dropally.store.repository import RepositoryCore
from dropally.store.repository.config import check_writable
from dropally.store.repository.metadata import boundary_key, metadata_key
from dropally.store.snapshot import (
    Point,
    PointDraft,
    Session,
    Snapshot,
    SnapshotDraft,
    SnapshotId,
)
from dropally.store.snapshot.point import build_point
from dropally.store.snapshot.snapshot import build_snapshot
from dropally.store.tree import PageId
from dropally.store.tree.pages import MAX_PAGE_BYTES
from dropally.store.writer.flow import Flow
from dropally.store.writer.intake import GATHERED_BYTES, PORTION_BYTES, Intake
from dropally.store.writer.ledger import Ledger
from dropally.store.writer.lists import ContentBuilder
from dropally.store.writer.pages import PageWriter
from dropally.store.writer.pipeline import Pipeline
from dropally.store.writer.pulse import Pulse

BUFFERS = 3
_COMMITTERS = 8

OnContentDurable = Callable[[Content], None]


class Writer:
    """Stores contents and trees, commits snapshots and points. Threads may share it.

    Leaving it by an exception leaves the repository as it was, but for packs that the next writer
    finds and uses; call `barrier` first to keep what was added to the last byte. Once any thread of
    it failed, every call raises that error.
    """

    def __init__(
        self, repository: RepositoryCore, *, note: str, memory_limit: int, threads: int
    ) -> None:
        config, keyring = repository.config, repository.keyring
        check_writable(config)
        self._repository = repository
        self._parameters = config.chunker
        self._seed = keyring.chunker_seed
        self._chunk_key = keyring.chunk_id_key
        self._metadata_key = metadata_key(keyring)
        self._boundary_key = boundary_key(keyring)
        self._local = threading.local()
        self._ledger = Ledger(repository.index, repository.metadata.load)
        pack_bytes = min(config.pack_bytes, memory_limit // 8)
        longest_bytes = max(config.chunker.max_bytes, MAX_PAGE_BYTES)
        # Room for the run that fills a pack, and for a portion beside what is being gathered.
        buffer_bytes = pack_bytes + longest_bytes + GATHERED_BYTES
        in_flight_bytes = max(memory_limit // 6, longest_bytes + PORTION_BYTES + GATHERED_BYTES)
        self._flow = Flow(in_flight_bytes, BUFFERS, buffer_bytes)
        self._session = Session(repository.backend, keyring, repository.clock, note)
        self._committed = False
        self._closing = ExitStack()
        self._pipeline = Pipeline(
            repository.backend,
            keyring,
            self._flow,
            zstd_level=config.zstd_level,
            pack_bytes=pack_bytes,
            threads=threads,
            on_durable=self._ledger.note_durable,
        )
        self._intake = Intake(repository.index, self._ledger.pending, self._flow, self._pipeline)
        self._pages = PageWriter(
            self._metadata_key,
            self._intake,
            repository.metadata,
            self._ledger.pending,
            settle=self.barrier,
        )
        self.adoption = Adoption()
        """What was found when this repository was first written to since it was opened."""

    def __enter__(self) -> "Writer":
        try:
            # The session comes first: from here on nobody frees what this writer may refer to.
            self._session.start()
            self._closing.callback(self._end_session)
            self._session.acknowledge(self._repository.index.heed())
            self.adoption = self._repository.adopt()
            self._pipeline.start()
            self._closing.callback(self._pipeline.close)
            pulse = Pulse(self._flow, self._session, self.barrier)
            self._closing.callback(pulse.stop)
        except BaseException:
            self._closing.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        settled = False
        try:
            if error is None:
                self.barrier()
                settled = True
            else:
                # Whoever stops wants to stop now: what waits for its turn is dropped.
                self._flow.fail(error)
        finally:
            self._closing.close()
            if not settled:
                self._repository.expect_orphans()

    @property
    def stored_bytes(self) -> int:
        """Bytes put into packs so far."""
        return self._ledger.stored_bytes

    @property
    def new_bytes(self) -> int:
        """Plain bytes of the chunks and pages that were new so far."""
        return self._intake.new_bytes

    def find(self, fingerprint: Fingerprint) -> Content | None:
        """The content recorded under a fingerprint, if all of it is durable."""
        return self.find_many([fingerprint])[0]

    def find_many(self, fingerprints: Sequence[Fingerprint]) -> list[Content | None]:
        """Contents recorded under fingerprints, in their order."""
        self._flow.check()
        return self._ledger.find([check_fingerprint(wanted) for wanted in fingerprints])

    def add(
        self,
        pieces: Iterable[BytesLike],
        *,
        fingerprint: Fingerprint | Callable[[], Fingerprint] | None = None,
        on_durable: OnContentDurable | None = None,
    ) -> Content:
        """Store the bytes that `pieces` yields; consumed in the caller's thread.

        A fingerprint that is known only when all bytes passed by is given as what to ask for it.
        `on_durable` is called once, from any thread, when every chunk and the record of the
        fingerprint are on the backend. It should be quick and leave the writer alone; what it raises
        fails the writer.
        What `pieces` raises passes through, and nothing is recorded. Raises `StoreError` when the
        bytes are not as many as the fingerprint says.
        """
        self._flow.check()
        short, rest = take_short(pieces, self._parameters.min_bytes)
        content = self._store_cut(rest) if short is None else self._store_short(short)
        known = fingerprint() if callable(fingerprint) else fingerprint
        self._record(content, known, on_durable)
        return content

    def apply(self, root: PageId | None, changes: Iterable[tree.Change]) -> PageId | None:
        """The root of a tree with changes applied; see `tree.apply`.

        Raises `StoreError` for a root whose snapshot was forgotten and whose space is being freed.
        """
        self._flow.check()
        self._check_kept(root)
        return tree.apply(self._pages, root, changes, boundary_key=self._boundary_key)

    def barrier(self) -> None:
        """Return when everything added so far is durable and indexed."""
        self._flow.wait_for(self._intake.flush())
        self._ledger.write_segment()

    def commit(self, draft: SnapshotDraft) -> Snapshot:
        """Make everything durable, then the snapshot: the one moment at which it exists.

        Raises `StoreError` when the parent was forgotten and space is being freed.
        """
        return self.commit_all([draft])[0]

    def commit_all(self, drafts: Sequence[SnapshotDraft]) -> list[Snapshot]:
        """Commit many snapshots after one wait for durability: fewer and larger packs.

        Each is one small object on its own; they are put side by side, those of one source in
        order.
        """
        self.barrier()
        with self._alive() as committed:
            if len({draft.source for draft in drafts}) < max(2, len(drafts)):
                for draft in drafts:
                    committed.append(self._append(draft))
            else:
                with ThreadPoolExecutor(min(_COMMITTERS, len(drafts)), "commit") as pool:
                    committed.extend(pool.map(self._append, drafts))
        return [one for one in committed if isinstance(one, Snapshot)]

    def commit_point(self, draft: PointDraft) -> Point:
        """Commit a restore point; the snapshots it names were committed before."""
        base = None
        if draft.parent is not None:
            base = self._repository.point(draft.parent).root
        root = self.apply(base, draft.changes())
        self.barrier()
        now = draft.time or self._repository.clock()
        with self._alive() as committed:
            point = self._repository.point_chain.append(
                draft.group, now, lambda link: build_point(draft, root, link)
            )
            committed.append(point)
        return point

    def replace(
        self, snapshot_id: SnapshotId, erasure: str, change: Callable[[Snapshot], Snapshot]
    ) -> None:
        """Put what `change` makes of a snapshot into its place, for a legal erasure.

        Its tree is durable before. Raises `ConflictError` when this writer was declared dead; then
        the snapshot is as it was.
        """
        self.barrier()
        self._session.refresh()
        put_back = self._repository.snapshot_chain.replace(snapshot_id, erasure, change)
        try:
            self._session.confirm()
        except ConflictError:
            put_back()
            raise

    @property
    def generation(self) -> int:
        """The list of condemned packs that this writer heeds.

        Contents that were found or added under another generation, and are in no snapshot yet,
        must be found again: what they are made of may have been freed since.
        """
        return self._session.generation

    @contextmanager
    def _alive(self) -> Iterator[list[Snapshot | Point]]:
        """Commit only while nobody takes this writer for dead, and free what it refers to.

        What was committed by one that had been suspended for a day is taken back.
        """
        committed: list[Snapshot | Point] = []
        self._session.refresh()
        self._committed = True
        yield committed
        try:
            self._session.confirm()
        except ConflictError:
            for one in committed:
                if isinstance(one, Snapshot):
                    self._repository.snapshot_chain.forget(one.id)
                else:
                    self._repository.point_chain.forget(one.id)
            raise

    def _check_kept(self, root: PageId | None) -> None:
        index = self._repository.index
        if root is None or not index.generation or root in self._ledger.pending:
            return
        if not index.contains([root]) and root not in self._ledger.pending:
            index.refresh()
            if not index.contains([root]):
                raise _forgotten()

    def _check_parent(self, parent: SnapshotId | None) -> None:
        """A tree that grew out of a snapshot needs what that one needed.

        If the snapshot is still there, so is that: whoever frees space from now on waits for this
        writer. If it is not, what it needed may be condemned, though the tree's root is not.
        """
        if parent is None or not self._session.generation:
            return
        if not self._repository.snapshot_chain.exists(parent):
            raise _forgotten()

    def _end_session(self) -> None:
        """Stay known for a while if packs were condemned meanwhile that this writer may use."""
        newer = False
        if self._committed:
            with suppress(StoreError):
                newer = newest_number(self._repository.backend) > self._session.generation
        self._session.end(linger=newer)

    def _append(self, draft: SnapshotDraft) -> Snapshot:
        self._check_parent(draft.parent)
        now = draft.time or self._repository.clock()
        return self._repository.snapshot_chain.append(
            draft.source, now, lambda link: build_snapshot(draft, link)
        )

    def _store_short(self, chunk: bytes) -> Content:
        """What the chunker would leave in one piece."""
        if not chunk:
            return Content(0)
        chunk_id = name_bytes(self._chunk_key, chunk)
        self._intake.store(PackKind.DATA, [chunk_id], [chunk])
        return Content(len(chunk), 0, chunk_id)

    def _store_cut(self, pieces: Iterable[BytesLike]) -> Content:
        building = ContentBuilder(self._store_list)
        with self._chunker() as chunker:
            for chunks in chunker.cut(pieces):
                ids = [name_bytes(self._chunk_key, chunk) for chunk in chunks]
                self._intake.store(PackKind.DATA, ids, chunks)
                for chunk_id, chunk in zip(ids, chunks, strict=True):
                    building.add(chunk_id, len(chunk))
        return building.finish()

    @contextmanager
    def _chunker(self) -> Iterator[Chunker]:
        """The thread's chunker, or another one while it is in use (`pieces` may call `add`)."""
        chunker = self._local.__dict__.pop("chunker", None)
        if chunker is None:
            chunker = Chunker(self._parameters, self._seed)
        yield chunker
        self._local.chunker = chunker

    def _store_list(self, encoded: bytes) -> bytes:
        list_id = name_bytes(self._metadata_key, encoded)
        self._intake.store(PackKind.TREE, [list_id], [encoded])
        return list_id

    def _record(
        self,
        content: Content,
        fingerprint: Fingerprint | None,
        on_durable: OnContentDurable | None,
    ) -> None:
        record = None
        if fingerprint is not None:
            if fingerprint.size_bytes != content.size_bytes:
                raise StoreError(
                    f"{content.size_bytes} bytes came where {fingerprint.size_bytes} were announced"
                )
            record = ContentRecord(check_fingerprint(fingerprint), content)
        callback = None
        if on_durable is not None:
            tell = on_durable
            callback = lambda: tell(content)  # noqa: E731 - a closure over two names
        if record is not None or callback is not None:
            kind = PackKind.TREE if content.depth else PackKind.DATA
            self._intake.record(kind, record, callback)


def _forgotten() -> StoreError:
    return StoreError(
        "the snapshot to build on was forgotten, and its space is being freed",
        hint="Begin again from the newest snapshot.",
        retryable=True,
    )


def open_writer(
    repository: RepositoryCore, *, note: str, memory_limit: int, threads: int
) -> Writer:
    """A writer on a repository; use it in a `with` statement."""
    if memory_limit < 16 << 20 or threads < 1:
        raise ValueError("a writer needs 16 MiB of memory and one thread at least")
    return Writer(repository, note=note, memory_limit=memory_limit, threads=threads)
