"""Erasing from every snapshot: what goes, what stays, and that nothing of it is left anywhere."""

import contextlib
from collections.abc import Callable
from pathlib import Path

import pytest
from dropally.store import Backend, MemoryBackend, Repository, Snapshot, StoreError
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from dropally.store.erase import Choice, Places, erase, find_places, find_shared, trace
from dropally.store.prune import PruneOptions, prune
from dropally.store.replicate import check_copy, replicate
from dropally.store.verify.objects import check_objects
from tests.store.erase.world import (
    CANARY,
    CANARY_NAME,
    ITEM,
    SOURCE,
    back_up,
    plain_objects,
    scratch_in,
    three_days,
    traces_of_canary,
)
from tests.store.prune.world import SetClock, check_true, new_world, open_with, random_files

OLD = f"/people/{CANARY_NAME}"
ERASURE = "era_1"


def silent(_phase: str, _done: int) -> None:
    """Nobody watches."""


def places_of(repository: Repository, folder: Path, choice: Choice) -> Places:
    return find_places(repository, SOURCE, choice, scratch=scratch_in(folder), step=silent)


def erase_it(repository: Repository, places: Places, folder: Path) -> None:
    erase(
        repository,
        SOURCE,
        places,
        erasure=ERASURE,
        now=repository.clock(),
        scratch=scratch_in(folder),
        step=silent,
    )


def free(repository: Repository, clock: SetClock) -> list[str]:
    """Two prunes with a day between; the erasures that are done.

    A minute later: packs of the very moment of an erasure count as older, and wait for a third one.
    """
    clock.advance(minutes=1)
    done = list(prune(repository).done_erasures)
    clock.advance(hours=25)
    return done + prune(repository).done_erasures


@pytest.mark.parametrize(
    "choice", [Choice(item_ids=frozenset([ITEM])), Choice(paths=frozenset([OLD]))]
)
def test_f225_nothing_of_an_erased_item_is_left(choice: Choice, tmp_path: Path) -> None:
    clock, _, repository, truth = three_days()
    assert traces_of_canary(repository)
    erase_it(repository, places_of(repository, tmp_path, choice), tmp_path)
    check_true(repository, truth)
    assert free(repository, clock) == [ERASURE]
    assert traces_of_canary(repository) == []
    check_true(open_with(repository.backend, clock), truth)
    done = repository.erasures.done(SOURCE, ERASURE)
    assert done is not None
    assert done.removed_packs


def test_what_is_found_before_is_told(tmp_path: Path) -> None:
    _, _, repository, _ = three_days()
    places = places_of(repository, tmp_path, Choice(paths=frozenset([OLD])))
    found = trace(repository, SOURCE, places, scratch=scratch_in(tmp_path), step=silent)
    assert (len(found.snapshots), len(found.points)) == (3, 3)
    assert (found.files, found.versions) == (2, 3)
    assert found.is_in_newest


def test_history_stays_a_chain_and_the_totals_are_right(tmp_path: Path) -> None:
    _, _, repository, truth = three_days()
    before = list(repository.snapshots())
    erase_it(repository, places_of(repository, tmp_path, Choice(paths=frozenset([OLD]))), tmp_path)
    after = list(repository.snapshots())
    assert [(one.id, one.time, one.sequence) for one in after] == [
        (one.id, one.time, one.sequence) for one in before
    ]
    assert all(one.erasures == [ERASURE] and len(one.replaces) == 1 for one in after)
    assert [why for _, why in check_objects(repository) if why] == []
    assert [one.stats["files"] for one in after] == [len(truth[one.id]) for one in after]
    for point in repository.points():
        snapshot = repository.snapshot(repository.point_snapshot(point, SOURCE) or after[0].id)
        assert point.labels["files"] == str(snapshot.stats["files"])
        assert point.labels["bytes"] == str(snapshot.stats["bytes"])


def test_a_folder_goes_with_all_below_it_and_nothing_beside_it(tmp_path: Path) -> None:
    clock, _, repository = new_world()
    kept = {"/people b/x": b"kept", "/people.txt": b"kept too"}
    snapshot = back_up(repository, {"/people/a/1": CANARY, "/people/b": CANARY * 2, **kept})
    erase_it(
        repository, places_of(repository, tmp_path, Choice(paths=frozenset(["/people"]))), tmp_path
    )
    check_true(repository, {snapshot.id: kept})
    free(repository, clock)
    check_true(repository, {snapshot.id: kept})
    assert not any(b"/people/" in plain for _, plain in plain_objects(repository))


def test_bytes_that_another_item_needs_stay_and_it_is_named(tmp_path: Path) -> None:
    clock, _, repository, truth = three_days()
    twin = back_up(repository, {"/twin": CANARY}, source="ns:2")
    places = places_of(repository, tmp_path, Choice(item_ids=frozenset([ITEM])))
    shared = find_shared(repository, SOURCE, places, scratch=scratch_in(tmp_path), step=silent)
    assert (shared.items, shared.named) == (1, [("ns:2", "/twin")])
    erase_it(repository, places, tmp_path)
    assert free(repository, clock) == [ERASURE]
    check_true(repository, {**truth, twin.id: {"/twin": CANARY}})


def test_the_next_backup_builds_on_what_is_left(tmp_path: Path) -> None:
    clock, _, repository, truth = three_days()
    erase_it(repository, places_of(repository, tmp_path, Choice(paths=frozenset([OLD]))), tmp_path)
    prune(repository)
    files = {**list(truth.values())[-1], **random_files(9, 2)}
    newest = back_up(repository, files)
    clock.advance(hours=25)
    prune(repository)
    check_true(repository, {**truth, newest.id: files})
    assert [why for _, why in check_objects(repository) if why] == []


def test_a_replica_lets_go_of_it_with_the_next_copy(tmp_path: Path) -> None:
    clock, backend, repository, truth = three_days()
    copy = MemoryBackend(clock)
    replicate(backend, copy)
    erase_it(repository, places_of(repository, tmp_path, Choice(paths=frozenset([OLD]))), tmp_path)
    free(repository, clock)
    replicate(backend, copy, remove_vanished=True)
    assert check_copy(backend, copy).wrong == []
    replica = open_with(copy, clock)
    check_true(replica, truth)
    assert traces_of_canary(replica) == []


class _StoppedError(Exception):
    """Somebody ends the attempt."""


def erase_half(repository: Repository, places: Places, folder: Path) -> None:
    """End after the first snapshot was replaced."""

    def stop(phase: str, _done: int) -> None:
        if phase == "replace":
            raise _StoppedError

    with pytest.raises(_StoppedError):
        erase(
            repository,
            SOURCE,
            places,
            erasure=ERASURE,
            now=repository.clock(),
            scratch=scratch_in(folder),
            step=stop,
        )


def test_f225_an_erasure_that_goes_on_days_later_is_not_done_before(tmp_path: Path) -> None:
    clock, _, repository, truth = three_days()
    places = places_of(repository, tmp_path, Choice(paths=frozenset([OLD])))
    erase_half(repository, places, tmp_path)
    assert free(repository, clock) == []
    assert prune(repository).open_erasures == 1
    erase_it(repository, places, tmp_path)
    assert free(repository, clock) == [ERASURE]
    assert traces_of_canary(repository) == []
    check_true(repository, truth)


@pytest.mark.parametrize("attempt", [erase_half, erase_it])
def test_f225_what_a_backup_brought_back_between_two_attempts_goes_with_the_second(
    attempt: Callable[[Repository, Places, Path], None], tmp_path: Path
) -> None:
    clock, _, repository, truth = three_days()
    places = places_of(repository, tmp_path, Choice(paths=frozenset([OLD])))
    attempt(repository, places, tmp_path)
    free(repository, clock)
    last = list(truth.values())[-1]
    again = back_up(repository, {**last, OLD: CANARY}, {OLD: ITEM})
    clock.advance(days=1)
    newest = back_up(repository, last)
    erase_it(repository, places, tmp_path)
    assert free(repository, clock) == [ERASURE]
    assert traces_of_canary(repository) == []
    check_true(repository, {**truth, again.id: last, newest.id: last})
    done = repository.erasures.done(SOURCE, ERASURE)
    assert done is not None
    assert len(done.removed_packs) > 1


# -- stopped anywhere ------------------------------------------------------------------------


def copy_of(backend: Backend, clock: SetClock) -> MemoryBackend:
    assert isinstance(backend, MemoryBackend)
    copy = MemoryBackend(clock)
    copy._objects.update(backend._objects)
    return copy


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER, Fault.LOST_ANSWER])
def test_f225_an_erasure_may_stop_anywhere(fault: Fault, tmp_path: Path) -> None:
    clock, begun, repository, truth = three_days()
    whole = {one.id: set(files) for one, files in _all_files(repository)}
    places = places_of(repository, tmp_path, Choice(paths=frozenset([OLD])))
    counting = FaultyBackend(copy_of(begun, clock))
    erase_it(open_with(counting, clock), places, tmp_path)
    for number in range(1, len(counting.calls) + 1):
        backend = copy_of(begun, clock)
        with contextlib.suppress(SimulatedCrash, StoreError):
            faulty = FaultyBackend(backend, {number: fault})
            erase_it(open_with(faulty, clock), places, tmp_path)
        stopped = open_with(backend, clock)
        for snapshot, files in _all_files(stopped):
            assert set(files) in (whole[snapshot.id], set(truth[snapshot.id]))
        erase_it(stopped, places, tmp_path)
        check_true(stopped, truth)
        totals = {point.labels["files"] for point in stopped.points()}
        assert totals == {str(len(files)) for files in truth.values()}
        if number % 10 == 0:
            now = SetClock()
            now.now = clock.now
            later = copy_of(backend, now)
            now.advance(days=2)
            last = open_with(later, now)
            assert free(last, now) == [ERASURE]
            assert traces_of_canary(last) == []
            check_true(last, truth)


@pytest.mark.parametrize("fault", [Fault.CRASH_BEFORE, Fault.CRASH_AFTER])
def test_f225_freeing_may_stop_anywhere(fault: Fault, tmp_path: Path) -> None:
    clock, begun, repository, truth = three_days()
    places = places_of(repository, tmp_path, Choice(paths=frozenset([OLD])))
    erase_it(repository, places, tmp_path)
    clock.advance(minutes=1)
    prune(repository)
    clock.advance(hours=25)
    counting = FaultyBackend(copy_of(begun, clock))
    prune(open_with(counting, clock))
    total = len(counting.calls)
    for number in [*range(1, total - 10, 8), *range(total - 10, total + 1, 2)]:
        now = SetClock()
        now.now = clock.now
        backend = copy_of(begun, now)
        with contextlib.suppress(SimulatedCrash, StoreError):
            prune(open_with(FaultyBackend(backend, {number: fault}), now))
        now.advance(hours=25)
        last = open_with(backend, now)
        prune(last, PruneOptions())
        now.advance(hours=25)
        prune(last, PruneOptions())
        assert traces_of_canary(last) == []
        check_true(last, truth)
        done = last.erasures.done(SOURCE, ERASURE)
        assert done is not None
        assert done.removed_packs


def _all_files(repository: Repository) -> list[tuple[Snapshot, list[str]]]:
    with repository.reader() as reader:
        return [
            (snapshot, [path for path, _ in reader.tree(snapshot.root).scan()])
            for snapshot in repository.snapshots()
        ]
