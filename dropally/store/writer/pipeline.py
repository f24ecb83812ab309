"""Compress on several threads, seal in order, upload one pack after another.

Order is what makes a crash harmless: runs are placed in the order in which they were submitted, and
a pack is put only when all packs before it are durable. So whatever a pack refers to (a record its
chunks, a list its data) is on the backend before it, or in it.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue

from dropally.store.backend import Backend
from dropally.store.codec import Compressor, join
from dropally.store.errors import AlreadyExistsError, DamagedError
from dropally.store.keys import Keyring
from dropally.store.pack import PackBuilder, PackKind, SealedPack, pack_key
from dropally.store.writer.flow import Flow
from dropally.store.writer.run import Run

OnDurable = Callable[[SealedPack], None]


@dataclass(slots=True)
class _Open:
    """A pack being filled, and who wants to know when it is durable."""

    builder: PackBuilder
    buffer: memoryview
    callbacks: list[Callable[[], None]]


class Pipeline:
    """Takes runs, leaves packs on the backend. `submit` must be called by one thread at a time."""

    def __init__(
        self,
        backend: Backend,
        keyring: Keyring,
        flow: Flow,
        *,
        zstd_level: int,
        pack_bytes: int,
        threads: int,
        on_durable: OnDurable,
    ) -> None:
        self._backend = backend
        self._keyring = keyring
        self._flow = flow
        self._zstd_level = zstd_level
        self._pack_bytes = pack_bytes
        self._on_durable = on_durable
        self._submitted = 0
        self._todo: SimpleQueue[tuple[int, Run] | None] = SimpleQueue()
        self._placing = threading.Lock()
        self._next_place = 0
        self._ready: dict[int, Run] = {}
        self._open: dict[PackKind, _Open] = {}
        self._uploads: SimpleQueue[_Open | threading.Event | None] = SimpleQueue()
        self._workers = [
            threading.Thread(target=self._guard, args=(self._compress_all,), daemon=True)
            for _ in range(threads)
        ]
        self._uploader = threading.Thread(target=self._guard, args=(self._upload_all,), daemon=True)

    def start(self) -> None:
        """Start the threads; what is submitted before waits."""
        for thread in (*self._workers, self._uploader):
            thread.start()

    def submit(self, run: Run) -> None:
        """Hand over a run; the bytes in it were acquired from the flow."""
        self._todo.put((self._submitted, run))
        self._submitted += 1

    def close(self) -> None:
        """Stop the threads. What was submitted and not flushed may be lost."""
        for _ in self._workers:
            self._todo.put(None)
        for worker in self._workers:
            worker.join()
        self._uploads.put(None)
        self._uploader.join()

    def _guard(self, work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - carried to the caller's thread by the flow
            self._flow.fail(error)

    def _compress_all(self) -> None:
        compressor = Compressor(self._zstd_level)
        while (task := self._todo.get()) is not None:
            if self._flow.failed:
                continue
            ticket, run = task
            if run.parts:
                run.codec, run.stored = compressor.compress(join(run.parts))
                run.parts = []
            with self._placing:
                self._ready[ticket] = run
                self._place_ready()

    def _place_ready(self) -> None:
        while (run := self._ready.pop(self._next_place, None)) is not None:
            self._next_place += 1
            self._place(run)
            self._flow.release_bytes(run.plain_bytes)

    def _place(self, run: Run) -> None:
        if run.flushed is not None:
            self._seal(PackKind.TREE)
            self._seal(PackKind.DATA)
            self._uploads.put(run.flushed)
            return
        pack = self._open.get(run.kind) or self._begin(run.kind)
        if run.ids:
            pack.builder.add(run.codec, run.stored, run.ids, run.lengths)
            run.stored = b""
        pack.builder.add_records(run.records)
        pack.callbacks += run.callbacks
        if pack.builder.full:
            self._seal(run.kind)

    def _begin(self, kind: PackKind) -> _Open:
        buffer = self._flow.take_buffer()
        builder = PackBuilder(kind, self._keyring, buffer, self._pack_bytes)
        self._open[kind] = _Open(builder, buffer, [])
        return self._open[kind]

    def _seal(self, kind: PackKind) -> None:
        """Queue a pack for upload; one of lists goes after the data that its lists name."""
        if kind is PackKind.TREE:
            self._seal(PackKind.DATA)
        if (pack := self._open.pop(kind, None)) is not None:
            self._uploads.put(pack)

    def _upload_all(self) -> None:
        while (task := self._uploads.get()) is not None:
            if self._flow.failed:
                continue
            if isinstance(task, threading.Event):
                self._flow.announce(task)
                continue
            self._upload(task)

    def _upload(self, pack: _Open) -> None:
        if not pack.builder.empty:
            sealed = pack.builder.finish()
            self._put(sealed)
            self._on_durable(sealed)
        for callback in pack.callbacks:
            callback()
        self._flow.give_buffer(pack.buffer)

    def _put(self, sealed: SealedPack) -> None:
        key = pack_key(sealed.name)
        try:
            self._backend.put_new(key, sealed.parts)
        except AlreadyExistsError:
            # Fresh salts make no two packs alike: this is our own put whose answer was lost.
            if self._backend.stat(key).size_bytes != sealed.size_bytes:
                raise DamagedError(
                    "a pack was stored with another size than was sent", pack=sealed.name.hex()
                ) from None
