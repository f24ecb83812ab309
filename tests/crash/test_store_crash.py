"""Stop after every single operation on the backend; then everything committed must be whole."""

import contextlib
import random
from collections.abc import Callable

import pytest
from dropally.store import (
    BackendUnavailableError,
    Content,
    MemoryBackend,
    Repository,
    StoreError,
    StoreFullError,
    rebuild_index,
)
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from tests.store.samples import (
    Files,
    add_file,
    back_up,
    fingerprint_of,
    make,
    object_keys,
    read_back,
    reopen,
    sample_files,
)

DAY1 = sample_files(1, count=12, largest=20_000)
DAY2: Files = {
    **{path: data for path, data in DAY1.items() if not path.startswith("/folder 2")},
    "/new": random.Random(2).randbytes(150_000),
    "/large": DAY1["/large"][:50_000] + b"an edit" + DAY1["/large"][50_000:],
}


def with_day1() -> MemoryBackend:
    backend = MemoryBackend()
    repository = make(backend)
    back_up(repository, DAY1)
    repository.close()
    return backend


def copy_of(backend: MemoryBackend) -> MemoryBackend:
    copy = MemoryBackend()
    for key in object_keys(backend):
        copy.put_new(key, [backend.get(key)])
    return copy


def second_day(backend: FaultyBackend, durable: list[Content]) -> None:
    """Two files are stored and told durable before the run proper, so that there is a middle."""
    repository = reopen(backend)
    with repository.writer(note="early") as writer:
        add_file(writer, DAY2["/new"], durable)
        writer.barrier()
    back_up(repository, DAY2)


def rebuild(backend: FaultyBackend, _: list[Content]) -> None:
    rebuild_index(reopen(backend))


def operations_of(
    work: Callable[[FaultyBackend, list[Content]], None], start: MemoryBackend
) -> int:
    counting = FaultyBackend(copy_of(start))
    work(counting, [])
    return len(counting.calls)


def check_whole(repository: Repository) -> int:
    """Every committed snapshot and point reads back; how many snapshots there are."""
    snapshots = list(repository.snapshots())
    for snapshot, files in zip(snapshots, (DAY1, DAY2), strict=False):
        assert read_back(repository, snapshot) == files
    known = {snapshot.id for snapshot in snapshots}
    for point in repository.points():
        assert {one for _, one in repository.point_snapshots(point)} <= known
    return len(snapshots)


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_backup_may_stop_anywhere(fault: Fault) -> None:
    start = with_day1()
    total = operations_of(second_day, start)
    assert total > 30
    committed = set()
    for number in range(1, total + 1):
        backend = copy_of(start)
        durable: list[Content] = []
        with contextlib.suppress(SimulatedCrash):
            second_day(FaultyBackend(backend, {number: fault}), durable)
        committed.add(check_whole(reopen(backend)))
        _check_next_run(backend, durable)
    assert committed == {1, 2}


def _check_next_run(backend: MemoryBackend, durable: list[Content]) -> None:
    """The next run finds what was told durable, adds none of it again, and succeeds."""
    repository = reopen(backend)
    with repository.writer(note="look") as writer:
        if durable:
            assert writer.find(fingerprint_of(DAY2["/new"])) == durable[0]
        assert not writer.adoption.damaged
        assert not writer.adoption.missing
        if durable:
            writer.add([DAY2["/new"]])
            assert writer.new_bytes == 0
    assert read_back(repository, back_up(repository, DAY2)) == DAY2
    assert object_keys(backend, "index/")
    with repository.writer(note="nothing is left to adopt"):
        pass
    with reopen(backend).writer(note="look again") as writer:
        assert not writer.adoption.adopted


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_making_a_repository_may_stop_anywhere(fault: Fault) -> None:
    total = operations_of(lambda backend, _: make(backend).close(), MemoryBackend())
    for number in range(1, total + 1):
        backend = MemoryBackend()
        with pytest.raises(SimulatedCrash):
            make(FaultyBackend(backend, {number: fault}))
        repository = reopen(backend) if "config" in object_keys(backend) else make(backend)
        assert read_back(repository, back_up(repository, DAY1)) == DAY1


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_a_rebuild_may_stop_anywhere(fault: Fault) -> None:
    start = with_day1()
    for number in range(1, operations_of(rebuild, start) + 1):
        backend = copy_of(start)
        with pytest.raises(SimulatedCrash):
            rebuild(FaultyBackend(backend, {number: fault}), [])
        assert check_whole(reopen(backend)) == 1


@pytest.mark.parametrize("fault", [Fault.UNAVAILABLE, Fault.LOST_ANSWER, Fault.FULL])
def test_an_error_may_come_anywhere(fault: Fault) -> None:
    start = with_day1()
    for number in range(1, operations_of(second_day, start) + 1, 3):
        backend = copy_of(start)
        durable: list[Content] = []
        with contextlib.suppress(BackendUnavailableError, StoreFullError):
            second_day(FaultyBackend(backend, {number: fault}), durable)
        check_whole(reopen(backend))
        _check_next_run(backend, durable)


def test_short_reads_are_never_believed() -> None:
    start = with_day1()
    day1 = next(reopen(start).snapshots())
    counting = FaultyBackend(copy_of(start))
    read_back(reopen(counting), day1)
    for number in range(1, len(counting.calls) + 1):
        with contextlib.suppress(StoreError):
            repository = reopen(FaultyBackend(copy_of(start), {number: Fault.SHORT_READ}))
            assert read_back(repository, day1) == DAY1
