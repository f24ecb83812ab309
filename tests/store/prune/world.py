"""A repository on a clock that is set by hand, and days of backups in it."""

import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from dropally.store import (
    Backend,
    MemoryBackend,
    Repository,
    Snapshot,
    create_repository,
    open_repository,
)
from dropally.store.prune import PruneOptions
from tests.store.samples import SECRET, SMALL, START, Files, back_up, object_keys, read_back

EAGER = PruneOptions(min_age=timedelta(0), small_packs=1000)
"""Nothing is too young; small packs are left alone, so that tests see what they caused."""


class SetClock:
    """A clock for the repository and for the backend; moves only when told."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def advance(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)


def new_world() -> tuple[SetClock, MemoryBackend, Repository]:
    """An empty repository."""
    clock = SetClock()
    backend = MemoryBackend(clock)
    repository = create_repository(backend, secrets=[SECRET], options=SMALL, clock=clock)
    return clock, backend, repository


def open_with(backend: Backend, clock: SetClock) -> Repository:
    """The repository as another process finds it."""
    return open_repository(backend, SECRET, clock=clock)


def random_files(seed: int, count: int = 8, size: int = 12_000) -> Files:
    """Files that do not compress and share nothing with those of another seed."""
    rng = random.Random(seed)
    return {f"/{seed}/{number}": rng.randbytes(size) for number in range(count)}


def forget(repository: Repository, snapshot: Snapshot) -> None:
    """Forget a snapshot, and before it the points that name it."""
    for point in list(repository.points()):
        if snapshot.id in {one for _, one in repository.point_snapshots(point)}:
            repository.forget_point(point.id)
    repository.forget_snapshot(snapshot.id)


def check_true(repository: Repository, truth: Mapping[str, Files]) -> None:
    """Every snapshot that is left reads back whole."""
    for snapshot in repository.snapshots():
        assert read_back(repository, snapshot) == truth[snapshot.id]


def packs_of(backend: Backend) -> set[str]:
    """The keys of all packs."""
    return set(object_keys(backend, "packs/"))


def stored_bytes(backend: Backend) -> int:
    """How much all packs take."""
    return sum(stat.size_bytes for stat in backend.list("packs/"))


def two_days() -> tuple[SetClock, MemoryBackend, Repository, dict[str, Files]]:
    """Day 1 and day 2 share half of their files; day 1 is forgotten, and a day has passed."""
    clock, backend, repository = new_world()
    common, only1, only2 = (random_files(seed) for seed in (1, 2, 3))
    day1 = back_up(repository, {**common, **only1})
    clock.advance(days=1)
    day2 = back_up(repository, {**common, **only2})
    clock.advance(days=1)
    forget(repository, day1)
    return clock, backend, repository, {day2.id: {**common, **only2}}
