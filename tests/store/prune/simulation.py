"""Several writers, a prune, and everything that can go wrong, in an order that a seed decides.

Each actor has a repository of its own, as if on its own machine. Before any operation on the
backend another actor may take a step; the clock may jump; answers get lost; listings are minutes
behind. One thread does everything, uploads of packs too, and ids come from the seed: what a seed
does, it does again.
"""

import contextlib
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
from dropally.store import (
    MemoryBackend,
    Repository,
    Snapshot,
    create_repository,
    open_repository,
)
from dropally.store.backend import ObjectStat
from dropally.store.index import index as indexing
from dropally.store.keys import Keyring, sealing
from dropally.store.pack import header as packing
from dropally.store.prune import prune
from tests.store.prune.actors import (
    ONCE,
    OPTIONS,
    Actor,
    ForgetActor,
    OnOwnMachine,
    PruneActor,
    WriterActor,
)
from tests.store.prune.checking import Checked, Checker
from tests.store.prune.inline import without_threads
from tests.store.prune.local_index import index_from, index_of
from tests.store.prune.plots import PLOTS, Scene, ending, history
from tests.store.prune.remembering import RememberedHkdf
from tests.store.prune.sky import Sky, SkyBackend
from tests.store.samples import SECRET, SMALL, Files
from tests.store.seeded import seeded

STEPS = 10
_WRITERS = 3
_PASTS = 16
_PAST_STEPS = 20
_FULLY_SETTLED = 25
"""One in so many schedules ends with all that is dead being gone; the others with a last look."""
_OPERATIONS = 80
"""A prune of these small repositories makes about so many."""


@dataclass(frozen=True)
class Past:
    """What a world is after a while: schedules begin there, so that a few steps lead far."""

    keyring: Keyring
    now: datetime
    objects: MemoryBackend
    put_at: Mapping[str, datetime]
    gone_at: Mapping[str, tuple[datetime, ObjectStat]]
    truth: Mapping[str, Files]
    checked: Checked
    index: bytes
    """What each machine's local index holds from earlier."""


class World:
    """One schedule: `run` or `play`, then perhaps `settle`, checking what must hold."""

    def __init__(self, sky: Sky, past: Past | None = None) -> None:
        self.rng = sky.rng
        self.sky = sky
        self.truth: dict[str, Files] = {}
        self.freed = 0
        self._opened: list[Repository] = []
        self._acting: list[Actor] = []
        self._ambush: tuple[int, list[Scene]] = (0, [])
        self._interleave = 0.0
        self._index = b""
        self.keyring = self._begin() if past is None else self._go_on_from(past)
        self.writers = [WriterActor(self, number) for number in range(_WRITERS)]
        self.pruner = PruneActor(self)
        self.forgetter = ForgetActor(self)
        self._actors: list[Actor] = [*self.writers, self.pruner, self.forgetter]
        self._looker = self.open(None)
        known = Checked() if past is None else past.checked.copy()
        self._checker = Checker(self._looker, self.sky.inner, known)
        self._looked_at = -1

    def _begin(self) -> Keyring:
        with self.sky.calmed():
            first = create_repository(
                SkyBackend(self.sky, lambda: None),
                secrets=[SECRET],
                options=SMALL,
                clock=lambda: self.sky.now,
            )
        first.close()
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
        self.sky.lag = timedelta(minutes=self.rng.choice([0, 1, 9]))
        self.sky.fault_share = self.rng.choice([0.0, 0.0, 0.01, 0.04])
        self._interleave = self.rng.choice([0.0, 0.01, 0.05])

    def open(self, actor: OnOwnMachine | None) -> Repository:
        """A repository as another machine has it, its clock a little off."""
        skew = timedelta(minutes=self.rng.choice([0, 0, -3, 3, 4]))
        backend = SkyBackend(self.sky, lambda: self._hook(actor))
        with self.sky.calmed(), index_from(self._index):
            opened = open_repository(backend, self.keyring, clock=lambda: self.sky.now + skew)
        self._opened.append(opened)
        return opened

    # -- what happens ----------------------------------------------------------------------

    def run(self, steps: int) -> None:
        """So many steps of anybody."""
        for _ in range(steps):
            self._draw_step()

    def play(self) -> None:
        """One of the plots, with steps of others between its scenes."""
        scenes = self.rng.choice(PLOTS)(self)
        for scene in [*scenes, *ending(self)]:
            if self.rng.random() < 0.15:
                self._draw_step()
            self._perform(scene)

    def pass_time(self, passed: timedelta) -> None:
        """Those who are not suspended tell that they are alive."""
        self.sky.pass_time(passed)
        with self.sky.calmed():
            for writer in self.writers:
                writer.heartbeat()

    def old_snapshot(self) -> Snapshot | None:
        """One that is not the newest of its source, and mostly alone in needing something."""
        with self.sky.calmed():
            known = list(self._looker.snapshots())
        older = [one for one, after in pairwise(known) if one.source == after.source]
        alone = [one for one in older if any(ONCE in path for path in self.truth[one.id])]
        chosen = alone if alone and self.rng.random() < 0.8 else older
        return self.rng.choice(chosen) if chosen else None

    def _draw_step(self) -> None:
        self._draw_time()
        actor = self._choose()
        self._perform(Scene(actor, actor.step))

    def _perform(self, scene: Scene) -> None:
        if scene.actor is None:
            scene.do()
            return
        if scene.actor in self._acting:
            return
        freed = self.freed
        if scene.within:
            self._ambush = (self.rng.randrange(_OPERATIONS), list(scene.within))
        self._acting.append(scene.actor)
        try:
            scene.do()
        finally:
            self._acting.pop()
        self._spring()  # had the scene fewer operations than that
        if self.freed > freed and not self._acting:
            self.check()

    def _hook(self, actor: OnOwnMachine | None) -> None:
        """Somebody else may act before this operation."""
        left, scenes = self._ambush
        if scenes and actor is self.pruner:
            self._ambush = (left - 1, scenes)
            if left == 0:
                self._spring()
        if not self._interleave or len(self._acting) >= 3:
            return
        if self.rng.random() >= self._interleave:
            return
        self._draw_time()
        other = self._choose()
        if other is not actor:
            self._perform(Scene(other, other.step))

    def _spring(self) -> None:
        _, scenes = self._ambush
        self._ambush = (0, [])
        for scene in scenes:
            self._perform(scene)

    def _choose(self) -> Actor:
        return self.rng.choices(self._actors, [4] * _WRITERS + [5, 4])[0]

    def _draw_time(self) -> None:
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
            return
        for writer in self.writers:
            if self.rng.random() < 0.1:
                writer.suspended = not writer.suspended
        self.pass_time(passed)

    # -- what must hold --------------------------------------------------------------------

    def check(self) -> None:
        """Every snapshot there is reads back as what was committed."""
        if self._looked_at != self.sky.changes:
            with self.sky.calmed():
                self._checker.check(self._expected)
            self._looked_at = self.sky.changes

    def settle(self) -> None:
        """No more trouble: all end, and what is dead goes."""
        self._end_writers()
        self.sky.calm = True
        repository = self.open(None)
        repository.clock = lambda: self.sky.now
        for _ in range(3):
            self.sky.pass_time(timedelta(hours=26))
            prune(repository, OPTIONS)
            self.check()
        left = prune(repository, OPTIONS, dry_run=True)
        assert (left.freed_packs, left.condemned_packs, left.waiting_packs) == (0, 0, 0), left
        Checker(repository, self.sky.inner, Checked()).check(self._expected)

    def past(self) -> Past:
        """What is there now, all writers' work at an end."""
        self._end_writers()
        for scene in history(self):
            self._perform(scene)
        self.check()
        sky = self.sky
        return Past(
            keyring=self.keyring,
            now=sky.now,
            objects=sky.inner,
            put_at=sky.put_at,
            gone_at=sky.gone_at,
            truth=self.truth,
            checked=self._checker.checked,
            index=index_of(self.open(None)),
        )

    def close(self) -> None:
        """Let go of all indexes."""
        for repository in self._opened:
            repository.close()

    def _expected(self, snapshot: str) -> Files:
        return self.truth[snapshot]

    def _end_writers(self) -> None:
        for writer in self.writers:
            writer.end()

    def is_acting(self, actor: OnOwnMachine) -> bool:
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


_pasts: dict[int, Past] = {}


def _past(number: int) -> Past:
    """The same whichever schedule asks first."""
    if number not in _pasts:
        with simulated(-1 - number) as world:
            world.run(_PAST_STEPS)
            _pasts[number] = world.past()
    return _pasts[number]


def prepare_pasts() -> None:
    """Live through all pasts now rather than when a schedule needs one."""
    for number in range(_PASTS):
        _past(number)


@contextlib.contextmanager
def simulated(seed: int, past: Past | None = None) -> Iterator[World]:
    """A world in which nothing comes from outside: no time, no randomness, no other thread."""
    sky = Sky(random.Random(seed))

    def uptime_s() -> float:
        return sky.uptime.total_seconds()

    with without_threads(), seeded(seed), pytest.MonkeyPatch.context() as patch:
        patch.setattr(indexing, "time", SimpleNamespace(monotonic=uptime_s))
        for module in (sealing, packing):
            patch.setattr(module, "HKDF", RememberedHkdf)
        world = World(sky, past)
        try:
            yield world
        finally:
            world.close()


def run_schedule(seed: int) -> int:
    """One whole schedule; how many packs were deleted in it before it settled."""
    with simulated(seed, _past(seed % _PASTS)) as world:
        world.make_trouble()
        if seed % 2:
            world.play()
        else:
            world.run(STEPS)
        world.check()
        freed = world.freed
        if seed // _PASTS % _FULLY_SETTLED == 0:
            world.settle()
    return freed
