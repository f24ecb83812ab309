"""Stop a prune after every single operation on the backend; then all that counts is whole."""

import contextlib

import pytest
from dropally.store import BackendUnavailableError, MemoryBackend, StoreError, StoreFullError
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from dropally.store.prune import prune
from tests.store.prune.world import (
    EAGER,
    SetClock,
    check_true,
    forget,
    open_with,
    packs_of,
    random_files,
    two_days,
)
from tests.store.samples import Files, back_up, object_keys, read_back

pytestmark = pytest.mark.usefixtures("inline")
Truth = dict[str, Files]


def copy_of(backend: MemoryBackend, clock: SetClock) -> MemoryBackend:
    """The same objects with the same times, under a clock of its own."""
    copy = MemoryBackend(clock)
    copy._objects.update(backend._objects)
    return copy


def condemning() -> tuple[MemoryBackend, SetClock, Truth]:
    """Where a prune will write packs anew and condemn others."""
    clock, backend, _, truth = two_days()
    return backend, clock, truth


def deleting() -> tuple[MemoryBackend, SetClock, Truth]:
    """Where a prune will delete packs, write others anew, and condemn."""
    clock, backend, repository, truth = two_days()
    prune(repository, EAGER)
    clock.advance(hours=20)
    day3 = {**next(iter(truth.values())), **random_files(4, 4)}
    day4 = {**dict(list(day3.items())[:10]), **random_files(5, 2)}
    third = back_up(repository, day3, "ns:2")
    fourth = back_up(repository, day4, "ns:2")
    forget(repository, third)
    clock.advance(hours=5)
    return backend, clock, {**truth, fourth.id: day4}


def later(clock: SetClock, **length: float) -> SetClock:
    """Another clock, so much later."""
    other = SetClock()
    other.now = clock.now
    other.advance(**length)
    return other


def check_after(backend: MemoryBackend, clock: SetClock, truth: Truth) -> None:
    """All is whole, a backup works, and the next prunes bring it to its end."""
    repository = open_with(backend, clock)
    check_true(repository, truth)
    again = random_files(2)  # some of it is condemned, or half deleted
    snapshot = back_up(repository, again, "ns:9")
    truth = {**truth, snapshot.id: again}
    for _ in range(3):
        clock.advance(hours=25)
        prune(repository, EAGER)
    check_true(repository, truth)
    fresh = open_with(backend, clock)
    check_true(fresh, truth)
    assert prune(fresh, EAGER, dry_run=True).freed_packs == 0
    indexed = {name for name, *_ in fresh.index.packs_by_name()}
    assert {bytes.fromhex(key.rpartition("/")[2]) for key in packs_of(backend)} == indexed
    assert not object_keys(backend, "sessions/")
    assert not object_keys(backend, "lease")


def calls_of(backend: MemoryBackend, clock: SetClock) -> int:
    """How many operations a prune takes."""
    counting = FaultyBackend(copy_of(backend, clock))
    prune(open_with(counting, clock), EAGER)
    return len(counting.calls)


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
@pytest.mark.parametrize("start", [condemning, deleting])
def test_a_prune_may_stop_anywhere(fault: Fault, start: object) -> None:
    assert callable(start)
    begun, clock, truth = start()
    total = calls_of(begun, later(clock))
    assert total > 30
    for number in range(1, total + 1):
        now = later(clock)
        backend = copy_of(begun, now)
        with contextlib.suppress(SimulatedCrash):
            prune(open_with(FaultyBackend(backend, {number: fault}), now), EAGER)
        now.advance(minutes=20)  # the dead one's lease runs out
        if number % 4 == 0 or number > total - 12:
            check_after(backend, now, truth)
        else:
            check_true(open_with(backend, now), truth)


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST_ANSWER, Fault.FULL, Fault.DENIED])
def test_an_error_may_come_anywhere_in_a_prune(fault: Fault) -> None:
    begun, clock, truth = deleting()
    for number in range(1, calls_of(begun, later(clock)) + 1, 3):
        now = later(clock)
        backend = copy_of(begun, now)
        with contextlib.suppress(StoreError, BackendUnavailableError, StoreFullError):
            prune(open_with(FaultyBackend(backend, {number: fault}), now), EAGER)
        now.advance(minutes=20)
        if number % 6 == 1:
            check_after(backend, now, truth)
        else:
            check_true(open_with(backend, now), truth)


def test_short_answers_delete_nothing_that_lives() -> None:
    begun, clock, truth = deleting()
    for number in range(1, calls_of(begun, later(clock)) + 1):
        now = later(clock)
        backend = copy_of(begun, now)
        with contextlib.suppress(StoreError):
            prune(open_with(FaultyBackend(backend, {number: Fault.SHORT_READ}), now), EAGER)
        for snapshot in (repository := open_with(backend, now)).snapshots():
            assert read_back(repository, snapshot) == truth[snapshot.id]
