"""kill -9 of a real process that prunes a real folder; and forgetting that stops anywhere."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dropally.store import (
    LocalBackend,
    Repository,
    Snapshot,
    create_repository,
    open_repository,
)
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from dropally.store.prune import PruneOptions, prune
from tests.store.prune.test_crash_points import check_after, copy_of, later
from tests.store.prune.world import (
    check_true,
    forget,
    new_world,
    open_with,
    packs_of,
    random_files,
)
from tests.store.samples import SECRET, SMALL, Files, back_up, read_back

MOMENTS = 6
EAGER = PruneOptions(
    grace=timedelta(0), min_age=timedelta(0), settle=timedelta(0), small_packs=1000
)
WORKER = """
import sys
from datetime import UTC, datetime, timedelta
from dropally.store import LocalBackend, RecoveryCode, open_repository
from dropally.store.prune import prune
from tests.store.prune.test_killed import EAGER, machine_clock

repository = open_repository(LocalBackend(sys.argv[1]), RecoveryCode(sys.argv[2]), clock=machine_clock())
print("started", flush=True)
for _ in range(3):
    prune(repository, EAGER)
print("done", flush=True)
"""


def machine_clock() -> Callable[[], datetime]:
    """The clock that stamps files, since a folder is the storage."""
    return lambda: datetime.fromtimestamp(time.time(), UTC)  # noqa: TID251  the machine's own


def opened(place: Path) -> Repository:
    return open_repository(LocalBackend(place), SECRET, clock=machine_clock())


def test_a_killed_prune_loses_nothing_and_the_next_one_finishes(tmp_path: Path) -> None:
    place = tmp_path / "repository"
    rng = random.Random(3)
    create_repository(
        LocalBackend(place), secrets=[SECRET], options=SMALL, clock=machine_clock()
    ).close()
    truth: dict[str, Files] = {}
    kept: Files = random_files(1, 6)
    for moment in range(MOMENTS):
        repository = opened(place)
        gone = back_up(repository, {**kept, **random_files(10 + moment, 6)})
        last = back_up(repository, kept)
        truth = {last.id: kept}
        for snapshot in list(repository.snapshots()):
            if snapshot.id not in truth:
                forget(repository, snapshot)
        assert gone.id not in truth
        repository.close()
        _prune_and_kill(place, rng.uniform(0, 0.5) * moment / MOMENTS)
        (place / "lease").unlink(missing_ok=True)  # what 15 minutes would do
        repository = opened(place)
        check_true(repository, truth)
        repository.close()
    repository = opened(place)
    for _ in range(4):
        prune(repository, EAGER)
    check_true(repository, truth)
    left = prune(repository, EAGER, dry_run=True)
    assert (left.freed_packs, left.condemned_packs) == (0, 0)
    indexed = {name.hex() for name, *_ in repository.index.packs_by_name()}
    assert {key.rpartition("/")[2] for key in packs_of(repository.backend)} == indexed
    assert read_back(repository, next(repository.snapshots())) == kept
    repository.close()


def _prune_and_kill(place: Path, delay_s: float) -> None:
    command = [sys.executable, "-c", WORKER, str(place), SECRET.text]
    environment = dict(os.environ, PYTHONPATH=str(Path(__file__).parents[3]))
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(delay_s)
        process.send_signal(signal.SIGKILL)
        process.stdout.read()


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_forgetting_may_stop_anywhere(fault: Fault) -> None:
    clock, begun, repository = new_world()
    days: list[Snapshot] = []
    truth: dict[str, Files] = {}
    for day in range(3):
        files = {**random_files(1, 3), **random_files(2 + day, 3)}
        days.append(back_up(repository, files))
        truth[days[-1].id] = files
        clock.advance(days=1)
    counting = FaultyBackend(copy_of(begun, clock))
    forget(open_with(counting, clock), days[0])
    for number in range(1, len(counting.calls) + 1):
        now = later(clock)
        backend = copy_of(begun, now)
        with contextlib.suppress(SimulatedCrash):
            forget(open_with(FaultyBackend(backend, {number: fault}), now), days[0])
        left = open_with(backend, now)
        check_true(left, truth)
        known = {snapshot.id for snapshot in left.snapshots()}
        for point in left.points():
            assert {one for _, one in left.point_snapshots(point)} <= known
        if number == len(counting.calls):
            check_after(backend, now, truth)
