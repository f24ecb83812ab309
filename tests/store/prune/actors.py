"""Who acts in a simulation: writers, whoever forgets, and whoever frees space."""

import contextlib
import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple, Protocol

from dropally.store import (
    Content,
    Entry,
    PageId,
    PointDraft,
    Repository,
    Snapshot,
    SnapshotDraft,
    SnapshotId,
    StoreError,
    Writer,
    encode_entry,
    path_key,
)
from dropally.store.prune import PruneOptions, prune
from tests.store.samples import Files, add_file

OPTIONS = PruneOptions(
    grace=timedelta(hours=3),
    session_age=timedelta(hours=6),
    settle=timedelta(minutes=15),
    min_age=timedelta(0),
    small_packs=6,
)
"""Shorter than usual, so that more happens in a schedule."""
ONCE = "/once "
"""Files of such names are gone with the next snapshot, so that only one needs their bytes."""
_POOL = [random.Random(number).randbytes(3000 if number % 6 == 0 else 200) for number in range(24)]
_LARGE = random.Random(99).randbytes(16_000)


class Stage(Protocol):
    """What actors know of the world."""

    rng: random.Random
    truth: dict[str, Files]
    freed: int

    def open(self, actor: "OnOwnMachine") -> Repository:
        """A repository of the actor's own."""
        ...

    def is_acting(self, actor: "OnOwnMachine") -> bool:
        """Whether it is in the middle of a step."""
        ...

    def noting(self, source: str, files: Files) -> AbstractContextManager[None]:
        """Whatever snapshot of the source appears within holds these files."""
        ...


class _Built(NamedTuple):
    root: PageId | None
    files: Files
    parent: SnapshotId | None


class OnOwnMachine:
    """Whoever acts, with a repository that is opened when it is first used."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage

    @cached_property
    def repository(self) -> Repository:
        """As this machine has it."""
        return self._stage.open(self)


class WriterActor(OnOwnMachine):
    """Backs up one source again and again, a step at a time. Whatever fails ends the run."""

    def __init__(self, stage: Stage, number: int) -> None:
        super().__init__(stage)
        self.source = f"ns:{number}"
        self.suspended = False
        self._opened: ExitStack | None = None
        self._writer: Writer | None = None
        self._contents: dict[str, Content] = {}
        self._files: Files = {}
        self._built: _Built | None = None

    def step(self) -> None:
        """Begin a run, or go on with it."""
        with self._ending_if_it_fails():
            self._go_on()

    def begin(self) -> None:
        """Begin a run, unless one is under way."""
        if self._writer is None:
            with self._ending_if_it_fails():
                self._begin()

    def rely_on(self, files: Files) -> None:
        """Put files into the run, of which the repository may know the bytes."""
        if self._writer is not None:
            with self._ending_if_it_fails():
                for path, data in files.items():
                    self._add(path, data)

    def build_on(self, base: Snapshot) -> None:
        """Change the tree of a snapshot that was read before; `commit` commits what comes of it."""
        if self._writer is not None:
            with self._ending_if_it_fails():
                self.rely_on({"/a change": base.id.encode()})
                self._built = self._apply(self._writer, base, keeping=True)

    def commit(self) -> None:
        """Commit the run, on top of the newest snapshot unless something else was built on."""
        if self._writer is not None:
            with self._ending_if_it_fails():
                self._commit(self._writer)

    def end(self, *, failed: bool = False) -> None:
        """Let go of the writer."""
        opened, self._opened, self._writer = self._opened, None, None
        self._contents, self._files, self._built = {}, {}, None
        if opened is None:
            return
        with contextlib.suppress(StoreError, _GaveUpError), opened:
            if failed:
                raise _GaveUpError

    def heartbeat(self) -> None:
        """What the pulse of a writer does by time; not while it is suspended."""
        if self._writer is not None and not self.suspended and not self._stage.is_acting(self):
            with contextlib.suppress(StoreError):
                self._writer._session.refresh()  # the pulse's own call

    @contextlib.contextmanager
    def _ending_if_it_fails(self) -> Iterator[None]:
        try:
            yield
        except StoreError:
            self.end(failed=True)

    def _begin(self) -> None:
        self._opened = ExitStack()
        self._writer = self._opened.enter_context(
            self.repository.writer(note=self.source, threads=1)
        )

    def _go_on(self) -> None:
        rng = self._stage.rng
        if self._writer is None:
            self._begin()
            return
        if rng.random() < 0.6:
            for _ in range(rng.randrange(1, 5)):
                number = rng.randrange(len(_POOL))
                self._add(f"/{number}", _POOL[number])
            if rng.random() < 0.15:
                self._add("/large", _LARGE)
            if rng.random() < 0.3:
                self._writer.barrier()
            return
        if rng.random() < 0.1:
            self.end(failed=True)
            return
        self._commit(self._writer)
        if rng.random() < 0.7:
            self.end()

    def _add(self, path: str, data: bytes) -> None:
        assert self._writer is not None
        self._contents[path] = add_file(self._writer, data)
        self._files[path] = data

    def _apply(self, writer: Writer, parent: Snapshot | None, *, keeping: bool = False) -> "_Built":
        known = self._stage.truth[parent.id] if parent is not None else {}
        files = dict(known)
        for path in list(files):
            goes = ONCE in path or self._stage.rng.random() < 0.4
            if goes and not keeping and path not in self._files:
                del files[path]
        changes: dict[bytes, bytes | None] = {
            path_key(path): None for path in known if path not in files
        }
        for path, content in self._contents.items():
            entry = Entry("file", path, size_bytes=content.size_bytes, content=content)
            changes[path_key(path)] = encode_entry(entry)
        files.update(self._files)
        root = writer.apply(parent.root if parent else None, sorted(changes.items()))
        return _Built(root, files, parent.id if parent else None)

    def _commit(self, writer: Writer) -> None:
        built = self._built or self._apply(writer, self.repository.latest(self.source))
        self._built = None
        draft = SnapshotDraft(source=self.source, root=built.root, parent=built.parent)
        with self._stage.noting(self.source, built.files):
            snapshot = writer.commit(draft)
        writer.commit_point(PointDraft(group="task", snapshots={self.source: snapshot.id}))


class PruneActor(OnOwnMachine):
    """Frees space."""

    def step(self) -> None:
        """One run, which may be refused."""
        with contextlib.suppress(StoreError):
            self._stage.freed += prune(self.repository, OPTIONS).freed_packs


class ForgetActor(OnOwnMachine):
    """Forgets old snapshots, and the points that name them; never the newest of a source."""

    def step(self) -> None:
        """Forget one, if there is one."""
        with contextlib.suppress(StoreError):
            source = f"ns:{self._stage.rng.randrange(3)}"
            old = list(self.repository.snapshots(source))[:-1]
            if old:
                self._forget(self._stage.rng.choice(old))

    def forget(self, snapshot: Snapshot) -> None:
        """Forget this one."""
        with contextlib.suppress(StoreError):
            self._forget(snapshot)

    def _forget(self, snapshot: Snapshot) -> None:
        for point in list(self.repository.points("task")):
            if snapshot.id in {one for _, one in self.repository.point_snapshots(point)}:
                self.repository.forget_point(point.id)
        self.repository.forget_snapshot(snapshot.id)


Actor = WriterActor | PruneActor | ForgetActor


class _GaveUpError(Exception):
    """A writer that ends without committing."""
