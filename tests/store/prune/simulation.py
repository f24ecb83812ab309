"""Several writers, a prune, and everything that can go wrong, in an order that a seed decides.

Each actor has a repository of its own, as if on its own machine. Before any operation on the
backend another actor may take a step; the clock may jump; answers get lost; listings are minutes
behind. One thread does everything, uploads of packs too, and ids come from the seed: what a seed
does, it does again.
"""

import contextlib
import os
import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import pytest
from dropally.store import (
    BackendUnavailableError,
    BytesLike,
    Content,
    Entry,
    MemoryBackend,
    PointDraft,
    Repository,
    SnapshotDraft,
    StoreError,
    Writer,
    create_repository,
    encode_entry,
    open_repository,
    path_key,
)
from dropally.store.backend import ObjectStat, Version
from dropally.store.keys import Keyring
from dropally.store.prune import PruneOptions, prune
from tests.store.prune.checking import Checker
from tests.store.prune.inline import without_threads
from tests.store.prune.local_index import index_from, index_of
from tests.store.samples import SECRET, SMALL, START, Files, add_file

OPTIONS = PruneOptions(
    grace=timedelta(hours=3),
    session_age=timedelta(hours=6),
    settle=timedelta(minutes=15),
    min_age=timedelta(0),
    small_packs=6,
)
"""Shorter than usual, so that more happens in a schedule."""
LAGGING = ("snapshots/", "points/", "sessions/", "condemned/", "index/")
WRITERS = 3
STEPS = 10
_PASTS = 16
_PAST_STEPS = 20
_FULLY_SETTLED = 5
"""One in so many schedules ends with all that is dead being gone; the others with a last look."""
_POOL = [random.Random(number).randbytes(3000 if number % 6 == 0 else 200) for number in range(24)]
_LARGE = random.Random(99).randbytes(16_000)


class SeededBytes:
    """What stands for the operating system's randomness."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def __call__(self, count: int) -> bytes:
        """The next bytes."""
        with self._lock:
            return self._random.randbytes(count)


@dataclass(slots=True)
class Sky:
    """What all actors share: the store's clock, its objects, and the dice."""

    rng: random.Random
    now: datetime = START
    lag: timedelta = timedelta(0)
    fault_share: float = 0.0
    calm: bool = False
    inner: MemoryBackend = field(init=False)
    put_at: dict[str, datetime] = field(default_factory=dict)
    gone_at: dict[str, tuple[datetime, ObjectStat]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inner = MemoryBackend(lambda: self.now)


class SkyBackend:
    """One actor's way to the objects."""

    location = "simulated"

    def __init__(self, sky: Sky, hook: Callable[[str], None]) -> None:
        self._sky = sky
        self._hook = hook
        self._thread = threading.get_ident()

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._before(f"put {key}")
        self._sky.inner.put_new(key, parts)
        self._sky.put_at[key] = self._sky.now
        self._after()

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        self._before(f"get {key}")
        return self._sky.inner.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        self._before(f"stat {key}")
        return self._sky.inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As it was some minutes ago, for what is not packs."""
        self._before(f"list {prefix}")
        found = {stat.key: stat for stat in self._sky.inner.list(prefix)}
        if prefix.startswith(LAGGING) and not self._sky.calm:
            since = self._sky.now - self._sky.lag
            found = {
                key: stat
                for key, stat in found.items()
                if self._sky.put_at.get(key, START) <= since
            }
            for key, (gone, stat) in self._sky.gone_at.items():
                if gone > since and key.startswith(prefix):
                    found.setdefault(key, stat)
        return iter([found[key] for key in sorted(found)])

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._before(f"delete {key}")
        with contextlib.suppress(StoreError):
            self._sky.gone_at[key] = (self._sky.now, self._sky.inner.stat(key))
        self._sky.inner.delete(key)
        self._after()

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        self._before(f"read {key}")
        return self._sky.inner.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        self._before(f"swap {key}")
        done = self._sky.inner.swap(key, data, expected)
        self._sky.put_at.setdefault(key, self._sky.now)
        self._after()
        return done

    def close(self) -> None:
        """Nothing to let go of."""

    def _before(self, what: str) -> None:
        if threading.get_ident() == self._thread and not self._sky.calm:
            self._hook(what)

    def _after(self) -> None:
        """The answer may be lost, of the acting thread's calls: others come in no fixed order."""
        if (
            threading.get_ident() == self._thread
            and not self._sky.calm
            and self._sky.rng.random() < self._sky.fault_share
        ):
            raise BackendUnavailableError("the answer was lost (simulated)")


class OnOwnMachine:
    """Whoever acts, with a repository that is opened when it is first used."""

    def __init__(self, world: "World") -> None:
        self._world = world

    @cached_property
    def _repository(self) -> Repository:
        return self._world.open(self)


class WriterActor(OnOwnMachine):
    """Backs up one source again and again, a step at a time."""

    def __init__(self, world: "World", number: int) -> None:
        super().__init__(world)
        self.source = f"ns:{number}"
        self.suspended = False
        self._opened: ExitStack | None = None
        self._writer: Writer | None = None
        self._contents: dict[str, Content] = {}
        self._files: Files = {}

    def step(self) -> None:
        """Begin a run, or go on with it; whatever fails ends the run."""
        try:
            self._go_on()
        except StoreError:
            self.end(failed=True)

    def end(self, *, failed: bool = False) -> None:
        """Let go of the writer."""
        opened, self._opened, self._writer = self._opened, None, None
        self._contents, self._files = {}, {}
        if opened is None:
            return
        with contextlib.suppress(StoreError, _GaveUpError), opened:
            if failed:
                raise _GaveUpError

    def heartbeat(self) -> None:
        """What the pulse of a writer does by time; not while it is suspended."""
        if self._writer is not None and not self.suspended and not self._world.is_acting(self):
            with contextlib.suppress(StoreError):
                self._writer._session.refresh()  # the pulse's own call

    def _go_on(self) -> None:
        rng = self._world.rng
        if self._writer is None:
            self._opened = ExitStack()
            self._writer = self._opened.enter_context(
                self._repository.writer(note=self.source, threads=1)
            )
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

    def _commit(self, writer: Writer) -> None:
        parent = self._repository.latest(self.source)
        known = self._world.truth[parent.id] if parent is not None else {}
        files = dict(known)
        for path in list(files):
            if path not in self._files and self._world.rng.random() < 0.4:
                del files[path]
        changes: dict[bytes, bytes | None] = {
            path_key(path): None for path in known if path not in files
        }
        for path, content in self._contents.items():
            entry = Entry("file", path, size_bytes=content.size_bytes, content=content)
            changes[path_key(path)] = encode_entry(entry)
        files.update(self._files)
        root = writer.apply(parent.root if parent else None, sorted(changes.items()))
        with self._world.noting(self.source, files):
            snapshot = writer.commit(SnapshotDraft(source=self.source, root=root))
        writer.commit_point(PointDraft(group="task", snapshots={self.source: snapshot.id}))


class PruneActor(OnOwnMachine):
    """Frees space."""

    def step(self) -> None:
        """One run, which may be refused."""
        with contextlib.suppress(StoreError):
            report = prune(self._repository, OPTIONS)
            self._world.freed += report.freed_packs


class ForgetActor(OnOwnMachine):
    """Forgets an old snapshot, and the points that name it; never the newest of a source."""

    def step(self) -> None:
        """Forget one, if there is one."""
        with contextlib.suppress(StoreError):
            source = f"ns:{self._world.rng.randrange(WRITERS)}"
            old = list(self._repository.snapshots(source))[:-1]
            if not old:
                return
            chosen = self._world.rng.choice(old)
            for point in list(self._repository.points("task")):
                if chosen.id in {one for _, one in self._repository.point_snapshots(point)}:
                    self._repository.forget_point(point.id)
            self._repository.forget_snapshot(chosen.id)


Actor = WriterActor | PruneActor | ForgetActor


class _GaveUpError(Exception):
    """A writer that ends without committing."""


@dataclass(frozen=True)
class Past:
    """What a world is after a while: schedules begin there, so that a few steps lead far."""

    keyring: Keyring
    now: datetime
    objects: MemoryBackend
    put_at: Mapping[str, datetime]
    gone_at: Mapping[str, tuple[datetime, ObjectStat]]
    truth: Mapping[str, Files]
    index: bytes
    """What each machine's local index holds from earlier."""


class World:
    """One schedule: `run`, then `settle`, checking what must hold."""

    def __init__(self, seed: int, past: Past | None = None) -> None:
        self.rng = random.Random(seed)
        self.sky = Sky(self.rng)
        self.truth: dict[str, Files] = {}
        self.freed = 0
        self._opened: list[Repository] = []
        self._acting: list[Actor | None] = []
        self._index = b""
        self.keyring = self._begin() if past is None else self._go_on_from(past)
        self.actors: list[Actor] = [WriterActor(self, number) for number in range(WRITERS)]
        self.actors += [PruneActor(self), ForgetActor(self)]
        self._interleave = 0.0
        self._checker = Checker(self.open(None), self.sky.inner)

    def _begin(self) -> Keyring:
        self.sky.calm = True
        first = create_repository(
            SkyBackend(self.sky, lambda _: None),
            secrets=[SECRET],
            options=SMALL,
            clock=lambda: self.sky.now,
        )
        first.close()
        self.sky.calm = False
        return first.keyring

    def _go_on_from(self, past: Past) -> Keyring:
        sky = self.sky
        sky.now = past.now
        sky.inner._objects.update(past.objects._objects)
        sky.put_at.update(past.put_at)
        sky.gone_at.update(past.gone_at)
        self.truth.update(past.truth)
        self._index = past.index
        return past.keyring

    def make_trouble(self) -> None:
        """Choose how late listings are, how often answers are lost, and how often others act."""
        self.sky.lag = timedelta(minutes=self.rng.choice([0, 0, 1, 9]))
        self.sky.fault_share = self.rng.choice([0.0, 0.0, 0.01, 0.04])
        self._interleave = self.rng.choice([0.0, 0.01, 0.05])

    def open(self, actor: OnOwnMachine | None) -> Repository:
        """A repository as another machine has it, its clock a little off."""
        skew = timedelta(minutes=self.rng.choice([0, 0, -3, 3, 4]))
        backend = SkyBackend(self.sky, lambda what: self._hook(what, actor))
        calm, self.sky.calm = self.sky.calm, True
        with index_from(self._index):
            opened = open_repository(backend, self.keyring, clock=lambda: self.sky.now + skew)
        self.sky.calm = calm
        self._opened.append(opened)
        return opened

    def run(self, steps: int) -> None:
        """Steps; every snapshot is read after each prune that is not inside another step."""
        for _ in range(steps):
            self._pass_time()
            actor = self._choose()
            self._take_step(actor)
            if isinstance(actor, PruneActor):
                self.check()

    def past(self) -> Past:
        """What is there now, all writers' work at an end."""
        self._end_writers()
        sky = self.sky
        index = index_of(self.open(None))
        return Past(self.keyring, sky.now, sky.inner, sky.put_at, sky.gone_at, self.truth, index)

    def settle(self) -> None:
        """No more trouble: all end, and what is dead goes."""
        self._end_writers()
        self.sky.calm = True
        repository = self.open(None)
        repository.clock = lambda: self.sky.now
        for _ in range(3):
            self.sky.now += timedelta(hours=26)
            prune(repository, OPTIONS)
            self.check()
        left = prune(repository, OPTIONS, dry_run=True)
        assert (left.freed_packs, left.condemned_packs, left.waiting_packs) == (0, 0, 0), left
        Checker(repository, self.sky.inner).check(self._expected)

    def check(self) -> None:
        """Every snapshot there is reads back as what was committed."""
        calm, self.sky.calm = self.sky.calm, True
        self._checker.check(self._expected)
        self.sky.calm = calm

    def close(self) -> None:
        """Let go of all indexes."""
        for repository in self._opened:
            repository.close()

    def _expected(self, snapshot: str) -> Files:
        return self.truth[snapshot]

    def _end_writers(self) -> None:
        for actor in self.actors:
            if isinstance(actor, WriterActor):
                actor.end()

    def is_acting(self, actor: Actor) -> bool:
        """Whether this one is in the middle of a step, somewhere below."""
        return actor in self._acting

    @contextlib.contextmanager
    def noting(self, source: str, files: Files) -> Iterator[None]:
        """Whatever snapshot of the source appears within holds these files, told or not."""
        before = self._snapshots(source)
        try:
            yield
        finally:
            for one in self._snapshots(source) - before:
                self.truth[one] = files

    def _snapshots(self, source: str) -> set[str]:
        prefix = f"snapshots/{source.replace(':', '_3a')}/"
        keys = (stat.key for stat in self.sky.inner.list(prefix))
        return {".".join(key.split("/")[1:]) for key in keys}

    def _choose(self) -> Actor:
        weights = [4] * WRITERS + [5, 4]
        return self.rng.choices(self.actors, weights)[0]

    def _take_step(self, actor: Actor) -> None:
        self._acting.append(actor)
        try:
            actor.step()
        finally:
            self._acting.pop()

    def _hook(self, _what: str, actor: OnOwnMachine | None) -> None:
        """Somebody else may act before this operation."""
        if len(self._acting) >= 3 or self.rng.random() >= self._interleave:
            return
        self._pass_time()
        other = self._choose()
        if other is not actor and other not in self._acting:
            self._take_step(other)

    def _pass_time(self) -> None:
        dice = self.rng.random()
        if dice < 0.5:
            passed = timedelta(minutes=self.rng.randrange(30))
        elif dice < 0.8:
            passed = timedelta(hours=self.rng.randrange(1, 9))
        elif dice < 0.82:
            passed = timedelta(days=4)  # a clock that was set right
        elif dice < 0.84:
            passed = -timedelta(hours=2)
        else:
            passed = timedelta(0)
        self.sky.now += passed
        for actor in self.actors:
            if isinstance(actor, WriterActor):
                if self.rng.random() < 0.1:
                    actor.suspended = not actor.suspended
                calm, self.sky.calm = self.sky.calm, True
                actor.heartbeat()
                self.sky.calm = calm


_pasts: dict[int, Past] = {}


def _past(number: int) -> Past:
    """The same whichever schedule asks first."""
    if number not in _pasts:
        with seeded(-1 - number):
            world = World(number)
            world.run(_PAST_STEPS)
            _pasts[number] = world.past()
            world.close()
    return _pasts[number]


def prepare_pasts() -> None:
    """Live through all pasts now rather than when a schedule needs one."""
    for number in range(_PASTS):
        _past(number)


@contextlib.contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Ids and salts come from the seed, and writers work in this thread."""
    with without_threads(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "urandom", SeededBytes(seed))
        yield


def run_schedule(seed: int) -> int:
    """One whole schedule; how many packs were deleted in it before it settled."""
    past = _past(seed % _PASTS)
    with seeded(seed):
        world = World(seed, past)
        try:
            world.make_trouble()
            world.run(STEPS)
            world.check()
            freed = world.freed
            if seed // _PASTS % _FULLY_SETTLED == 0:
                world.settle()
        finally:
            world.close()
    return freed
