"""Forgetting a snapshot and the points that name it, stopped after every single operation."""

import contextlib

import pytest
from dropally.store import Snapshot
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from tests.store.prune.test_crash_points import check_after, copy_of, later
from tests.store.prune.world import check_true, forget, new_world, open_with, random_files
from tests.store.samples import Files, back_up


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
