"""Decide which chunks are new, and gather them into runs."""

import threading
from collections.abc import Callable, Iterator, Sequence

from dropally.store.backend import BytesLike
from dropally.store.content import ContentRecord
from dropally.store.index import ChunkIndex
from dropally.store.pack import PackKind
from dropally.store.writer.flow import Flow
from dropally.store.writer.pipeline import Pipeline
from dropally.store.writer.run import Run

SMALL_BYTES = 128 * 1024
"""Chunks shorter than this are gathered and compressed together."""
RUN_BYTES = {PackKind.DATA: 256 * 1024, PackKind.TREE: 128 * 1024}
GATHERED_BYTES = 2 * (256 * 1024 + SMALL_BYTES)
"""No more than this waits in runs that are not full, and no gathered run is longer."""
RUN_CHUNKS = 1024
PORTION_BYTES = 4 * 1024 * 1024
"""So much is acquired at once; more would wait for ever when the limit is not much larger."""
RUN_RECORDS = 256
# A record waits for no more than this much other data to fill its run.
RECORD_PATIENCE_BYTES = 8 * 1024 * 1024


class Intake:
    """Takes named chunks from any thread; passes each new one to the pipeline once."""

    def __init__(
        self, index: ChunkIndex, pending: set[bytes], flow: Flow, pipeline: Pipeline
    ) -> None:
        self._index = index
        self._pending = pending
        self._flow = flow
        self._pipeline = pipeline
        self._lock = threading.Lock()
        self._gathering = {kind: Run(kind) for kind in PackKind}
        self._passed_bytes = 0
        self.new_bytes = 0
        self.new_chunks = 0

    def store(self, kind: PackKind, ids: Sequence[bytes], chunks: Sequence[BytesLike]) -> None:
        """Store those chunks that are neither in the repository nor under way."""
        unseen = [chunk_id for chunk_id in ids if chunk_id not in self._pending]
        if not unseen:
            return
        known = self._index.contains(unseen)
        fresh = [
            (chunk_id, chunk)
            for chunk_id, chunk in zip(ids, chunks, strict=True)
            if chunk_id not in known and chunk_id not in self._pending
        ]
        if not fresh:
            return
        for portion in _portions(fresh):
            wanted = sum(len(chunk) for _, chunk in portion)
            self._flow.acquire_bytes(wanted)
            with self._lock:
                taken = self._take(kind, portion)
            if taken < wanted:
                self._flow.release_bytes(wanted - taken)

    def record(
        self,
        kind: PackKind,
        record: ContentRecord | None,
        callback: Callable[[], None] | None,
    ) -> None:
        """Note a completed content; its chunks (and for `TREE`, its lists) were stored before."""
        with self._lock:
            run = self._gathering[kind]
            if record is not None:
                run.records.append(record)
            if callback is not None:
                run.callbacks.append(callback)
            if len(run.records) + len(run.callbacks) >= RUN_RECORDS:
                self._submit(kind)

    def flush(self) -> threading.Event:
        """Pass on all that is gathered; the event is set when all of it is durable."""
        durable = threading.Event()
        with self._lock:
            self._submit(PackKind.TREE)
            self._submit(PackKind.DATA)
            self._pipeline.submit(Run(PackKind.DATA, flushed=durable))
        return durable

    def _take(self, kind: PackKind, fresh: list[tuple[bytes, BytesLike]]) -> int:
        taken = 0
        for chunk_id, chunk in fresh:
            if chunk_id in self._pending:
                continue  # another thread was first, or it stands twice in this very list
            self._pending.add(chunk_id)
            size = len(chunk)
            taken += size
            # A copy of what is new: the buffer it came in is used for what comes next.
            kept = chunk if isinstance(chunk, bytes) else bytes(chunk)
            if size < SMALL_BYTES:
                self._gather(kind, chunk_id, kept)
            else:
                self._pass(kind, chunk_id, kept)
            self.new_chunks += 1
        self.new_bytes += taken
        return taken

    def _gather(self, kind: PackKind, chunk_id: bytes, chunk: bytes) -> None:
        run = self._gathering[kind]
        run.add(chunk_id, chunk)
        if run.plain_bytes >= RUN_BYTES[kind] or len(run.ids) >= RUN_CHUNKS:
            self._submit(kind)

    def _pass(self, kind: PackKind, chunk_id: bytes, chunk: bytes) -> None:
        run = Run(kind)
        run.add(chunk_id, chunk)
        self._pipeline.submit(run)
        self._passed_bytes += run.plain_bytes
        if self._passed_bytes >= RECORD_PATIENCE_BYTES:
            self._submit(PackKind.DATA)

    def _submit(self, kind: PackKind) -> None:
        """Pass on what is gathered; lists only after the data that they name."""
        if kind is PackKind.TREE:
            self._submit(PackKind.DATA)
        else:
            self._passed_bytes = 0
        run = self._gathering[kind]
        if not run.empty:
            self._gathering[kind] = Run(kind)
            self._pipeline.submit(run)


Named = tuple[bytes, BytesLike]


def _portions(fresh: list[Named]) -> Iterator[list[Named]]:
    """Chunks in lists that hold one chunk, or no more than a portion."""
    portion: list[Named] = []
    size = 0
    for named in fresh:
        if portion and size + len(named[1]) > PORTION_BYTES:
            yield portion
            portion, size = [], 0
        portion.append(named)
        size += len(named[1])
    yield portion
