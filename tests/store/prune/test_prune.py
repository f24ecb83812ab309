"""Freeing space: what goes, what stays, and what makes it stop."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta

import pytest
from dropally.store import (
    ConflictError,
    DamagedError,
    Entry,
    Fingerprint,
    MemoryBackend,
    Repository,
    Snapshot,
    SnapshotDraft,
    StoreError,
    encode_entry,
    open_repository,
    rebuild_index,
)
from dropally.store.backend import ObjectStat
from dropally.store.index import IndexedPack, read_generation
from dropally.store.keys.keyring import begin_epoch
from dropally.store.prune import PruneOptions, prune
from dropally.store.prune.lease import Lease
from dropally.store.snapshot.chain import Link
from tests.store.prune.entries import tree_of
from tests.store.prune.world import (
    EAGER,
    check_true,
    forget,
    new_world,
    open_with,
    packs_of,
    random_files,
    stored_bytes,
    two_days,
)
from tests.store.samples import Files, add_file, back_up, fingerprint_of, object_keys, read_back


def test_f59_space_is_freed_by_a_second_run_a_day_later() -> None:
    clock, backend, repository, truth = two_days()
    before = stored_bytes(backend)
    first = prune(repository, EAGER)
    assert first.freed_packs == 0
    assert first.condemned_packs > 0
    assert first.rewritten_packs > 0
    assert first.next_deletion == clock.now + EAGER.grace
    assert stored_bytes(backend) >= before  # nothing is lost yet, and some is there twice
    check_true(repository, truth)

    clock.advance(hours=23)
    assert prune(repository, EAGER).freed_packs == 0
    clock.advance(hours=2)
    second = prune(repository, EAGER)
    assert second.freed_packs == first.condemned_packs
    assert second.freed_bytes == first.condemned_bytes
    assert stored_bytes(backend) < before * 0.75
    check_true(repository, truth)
    check_true(open_with(backend, clock), truth)
    rebuild_index(repository)
    check_true(repository, truth)


def test_nothing_is_done_where_nothing_is_dead() -> None:
    clock, backend, repository = new_world()
    files = random_files(1)
    snapshot = back_up(repository, files)
    clock.advance(days=30)
    keys = object_keys(backend)
    report = prune(repository, EAGER)
    assert (report.freed_packs, report.condemned_packs, report.rewritten_packs) == (0, 0, 0)
    assert object_keys(backend) == keys
    assert read_back(repository, snapshot) == files


def test_a_dry_run_says_what_would_go_and_changes_nothing() -> None:
    clock, backend, repository, truth = two_days()
    keys = object_keys(backend)
    said = prune(repository, EAGER, dry_run=True)
    assert object_keys(backend) == keys
    done = prune(repository, EAGER)
    assert (said.condemned_packs, said.condemned_bytes, said.rewritten_packs) == (
        done.condemned_packs,
        done.condemned_bytes,
        done.rewritten_packs,
    )
    assert abs(said.rewritten_bytes - done.rewritten_bytes) < done.rewritten_bytes * 0.25
    clock.advance(hours=25)
    assert (
        prune(repository, EAGER, dry_run=True).freed_bytes == prune(repository, EAGER).freed_bytes
    )
    check_true(repository, truth)


def test_young_packs_are_left_alone() -> None:
    clock, _, repository, _ = two_days()
    report = prune(repository, PruneOptions(min_age=timedelta(days=7)))
    assert report.condemned_packs == 0
    assert report.young_packs > 0
    clock.advance(days=7)
    assert prune(repository, PruneOptions(min_age=timedelta(days=7))).condemned_packs > 0


def test_a_writer_at_work_holds_up_the_deletion_and_its_snapshot_is_whole() -> None:
    clock, backend, repository, truth = two_days()
    other = open_with(backend, clock)
    only1 = random_files(2)
    with other.writer(note="since before") as writer:
        contents = {path: add_file(writer, data) for path, data in only1.items()}
        assert writer.new_bytes == 0  # all of it is in packs that are about to be condemned
        report = prune(repository, EAGER)
        assert report.condemned_packs > 0
        for _ in range(2):
            clock.advance(hours=20)
            writer._session.refresh()  # what the writer's pulse does by time
        held = prune(repository, EAGER)
        assert held.freed_packs == 0
        assert held.blocking_sessions
        assert "since before" in held.blocking_sessions[0]
        snapshot = writer.commit(SnapshotDraft(source="ns:2", root=tree_of(writer, contents)))
    clock.advance(hours=25)
    after = prune(repository, EAGER)
    assert after.revived_packs > 0
    clock.advance(hours=49)
    prune(repository, EAGER)
    check_true(repository, {**truth, snapshot.id: only1})


def test_a_new_writer_stores_again_what_is_condemned() -> None:
    clock, backend, repository, truth = two_days()
    prune(repository, EAGER)
    only1 = random_files(2)
    other = open_with(backend, clock)
    with other.writer(note="after") as writer:
        for data in only1.values():
            assert writer.find(fingerprint_of(data)) is None
    snapshot = back_up(other, only1, "ns:2")
    clock.advance(hours=25)
    assert prune(repository, EAGER).freed_packs > 0
    check_true(repository, {**truth, snapshot.id: only1})


def test_a_record_of_a_content_that_was_freed_is_not_believed() -> None:
    clock, backend, repository = new_world()
    shared, going = random_files(1, 1, 60_000), random_files(2, 1, 60_000)
    small = random_files(3, 1, 100)
    first = back_up(repository, {**going})
    clock.advance(hours=1)
    # The record of `going` under another name for the same bytes lies in a pack that stays.
    with repository.writer(note="twice") as writer:
        data = next(iter(going.values()))
        other_name = Fingerprint(b"\x01" * 32, len(data))
        writer.add([data], fingerprint=other_name)
        writer.add([next(iter(small.values()))])
    kept = back_up(repository, {**shared, **small}, "ns:2")
    clock.advance(days=1)
    forget(repository, first)
    for _ in range(3):
        prune(repository, EAGER)
        clock.advance(hours=25)
    for one in (repository, open_with(backend, clock)):
        rebuild_index(one)
        with one.writer(note="look") as writer:
            assert writer.find(other_name) is None
            assert writer.find(fingerprint_of(next(iter(shared.values())))) is not None
        assert read_back(one, kept) == {**shared, **small}


def test_a_large_content_is_still_found_after_space_was_freed() -> None:
    clock, _, repository = new_world()
    large = random_files(5, 1, 900_000)  # hundreds of chunks: the record names lists
    back_up(repository, large, "ns:large")
    gone = back_up(repository, random_files(6))
    clock.advance(days=1)
    forget(repository, gone)
    prune(repository, EAGER)
    clock.advance(hours=25)
    assert prune(repository, EAGER).freed_packs > 0
    with repository.writer(note="look") as writer:
        found = writer.find(fingerprint_of(next(iter(large.values()))))
        assert found is not None
        assert found.depth > 0


def test_a_suspended_writer_cannot_commit_what_is_gone() -> None:
    clock, backend, repository, truth = two_days()
    with ExitStack() as opened:
        writer = opened.enter_context(open_with(backend, clock).writer(note="suspended"))
        contents = {path: add_file(writer, data) for path, data in random_files(2).items()}
        root = tree_of(writer, contents)
        prune(repository, EAGER)
        clock.advance(hours=25)  # without a sign of life
        report = prune(repository, EAGER)
        assert report.ended_sessions == 1
        assert report.freed_packs > 0
        with pytest.raises(ConflictError, match="not heard of for a day"):
            writer.commit(SnapshotDraft(source="ns:2", root=root))
    check_true(repository, truth)


def test_what_was_committed_by_a_writer_that_was_declared_dead_is_taken_back() -> None:
    clock, backend, repository = new_world()
    append = repository.snapshot_chain.append

    def slowly(owner: str, now: datetime, build: Callable[[Link], Snapshot]) -> Snapshot:
        done = append(owner, now, build)
        clock.advance(hours=25)
        prune(open_with(backend, clock), EAGER)
        return done

    with repository.writer(note="slow") as writer:
        repository.snapshot_chain.append = slowly  # type: ignore[method-assign]  # for this once
        with pytest.raises(ConflictError):
            writer.commit(SnapshotDraft(source="ns:1", root=None))
    assert not object_keys(backend, "snapshots/")


def test_nothing_is_committed_on_top_of_what_was_forgotten_though_its_root_is_still_there() -> None:
    clock, backend, repository = new_world()
    many = {f"/file {number:04d}": b"%d" % number for number in range(600)}
    with repository.writer(note="two sources") as writer:
        going = {path: add_file(writer, data) for path, data in random_files(1, 2, 2000).items()}
        writer.barrier()
        kept = {path: add_file(writer, data) for path, data in many.items()}
        drafts = [
            SnapshotDraft(source="ns:1", root=tree_of(writer, going)),
            SnapshotDraft(source="ns:2", root=tree_of(writer, kept)),
        ]
        first, second = writer.commit_all(drafts)
    clock.advance(days=1)
    forget(repository, first)
    assert prune(repository, EAGER).condemned_packs == 1
    assert first.root is not None
    assert repository.index.contains([first.root])  # in a pack that is mostly alive
    with open_with(backend, clock).writer(note="late") as writer:
        root = writer.apply(first.root, [(b"/new", encode_entry(Entry("folder", "new")))])
        with pytest.raises(StoreError, match="was forgotten"):
            writer.commit(SnapshotDraft(source="ns:1", root=root, parent=first.id))
    check_true(repository, {second.id: many})


def test_a_broken_session_holds_nothing_up_for_ever() -> None:
    clock, backend, repository, _ = two_days()
    backend.put_new("sessions/" + "ab" * 16, [b"not a session"])
    assert prune(repository, EAGER).condemned_packs == 0  # nobody knows what it may want
    clock.advance(hours=25)
    report = prune(repository, EAGER)
    assert report.ended_sessions == 1
    assert "cannot be read" in report.problems[0]
    assert report.condemned_packs > 0
    assert not object_keys(backend, "sessions/")


def test_only_one_prunes_at_a_time() -> None:
    clock, backend, repository, _ = two_days()
    lease = Lease(backend, repository.keyring, clock, "another machine")
    with lease, pytest.raises(ConflictError, match="another machine"):
        prune(repository, EAGER)
    assert prune(repository, EAGER).condemned_packs > 0


def test_a_lease_that_was_left_behind_is_taken_over() -> None:
    clock, backend, repository, _ = two_days()
    dead = Lease(backend, repository.keyring, clock, "died")
    dead.__enter__()
    clock.advance(minutes=16)
    prune(repository, EAGER)
    with pytest.raises(ConflictError, match="took over"):
        dead.keep()


def test_clocks_that_differ_stop_it() -> None:
    clock, backend, _, _ = two_days()
    elsewhere = open_with(backend, clock)
    elsewhere.clock = lambda: clock.now + timedelta(minutes=6)
    keys = object_keys(backend)
    with pytest.raises(StoreError, match="clocks"):
        prune(elsewhere, EAGER)
    assert object_keys(backend) == keys


def test_a_missing_pack_stops_it() -> None:
    _, backend, repository, _ = two_days()
    backend.delete(sorted(packs_of(backend))[0])
    with pytest.raises(DamagedError, match="listing is cut short"):
        prune(repository, EAGER)
    assert not object_keys(backend, "condemned/")


def test_a_damaged_index_segment_stops_it() -> None:
    clock, backend, _, _ = two_days()
    key = object_keys(backend, "index/")[0]
    backend.delete(key)
    backend.put_new(key, [b"rubbish"])
    with pytest.raises(DamagedError, match="segments of the index"):
        prune(open_with(backend, clock), EAGER)


def test_a_missing_index_is_made_again_first() -> None:
    clock, backend, _, truth = two_days()
    for key in object_keys(backend, "index/"):
        backend.delete(key)
    repository = open_with(backend, clock)
    assert prune(repository, EAGER).condemned_packs > 0
    clock.advance(hours=25)
    assert prune(repository, EAGER).freed_packs > 0
    check_true(repository, truth)


def test_a_snapshot_that_cannot_be_read_stops_it() -> None:
    _, backend, repository, _ = two_days()
    backend.put_new("snapshots/ns_3a9/20261122t030002000000z-1daac44ae8870760", [b"rubbish"])
    with pytest.raises(DamagedError):
        prune(repository, EAGER)
    assert not object_keys(backend, "condemned/")


class _Truncating(MemoryBackend):
    """Leaves the last snapshot or point out of its listings, when told to."""

    lacking = ""

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """All but the last."""
        found = tuple(super().list(prefix))
        return iter(found[:-1] if self.lacking and prefix.startswith(self.lacking) else found)


@pytest.mark.parametrize("lacking", ["snapshots/", "points/"])
def test_a_listing_that_is_cut_short_stops_it(lacking: str) -> None:
    clock, backend, _, _ = two_days()
    cutting = _Truncating(clock)
    for key in object_keys(backend):
        cutting.put_new(key, [backend.get(key)])
    repository = open_with(cutting, clock)
    prune(repository, EAGER)
    more = random_files(9)
    back_up(repository, more)
    clock.advance(hours=25)
    prune(repository, EAGER)
    clock.advance(hours=25)
    packs = packs_of(cutting)
    cutting.lacking = lacking
    with pytest.raises(StoreError, match="cut short"):
        prune(repository, EAGER)
    assert packs_of(cutting) == packs


def test_old_key_epochs_go_when_asked() -> None:
    clock, backend, repository = new_world()
    files = random_files(1)
    snapshot = back_up(repository, files)
    newer = open_with(backend, clock)
    newer.keyring = begin_epoch(newer.keyring)
    newer = open_repository(backend, newer.keyring, clock=clock)
    clock.advance(days=30)
    options = PruneOptions(min_age=timedelta(0), reencrypt=True, small_packs=1000)
    old = packs_of(backend)
    prune(newer, options)
    clock.advance(hours=25)
    prune(newer, options)
    assert not old & packs_of(backend)
    assert {info[3][12] for info in newer.index.packs_by_name()} == {2}
    assert read_back(newer, snapshot) == files


def test_small_packs_are_merged() -> None:
    clock, backend, repository = new_world()
    files: Files = {}
    for day in range(9):
        files.update(random_files(day, 1, 500))
        back_up(repository, files)
        clock.advance(days=1)
    snapshot = back_up(repository, files)
    clock.advance(days=1)
    before = len(packs_of(backend))
    options = PruneOptions(min_age=timedelta(0), small_packs=8)
    prune(repository, options)
    clock.advance(hours=25)
    prune(repository, options)
    assert len(packs_of(backend)) < before / 3
    assert read_back(repository, snapshot) == files


def test_the_list_of_condemned_packs_does_not_grow_for_ever() -> None:
    clock, backend, repository = new_world()
    for day in range(8):
        snapshot = back_up(repository, random_files(day))
        clock.advance(hours=25)
        prune(repository, EAGER)
        if day < 7:
            forget(repository, snapshot)
    for _ in range(4):
        clock.advance(hours=25)
        prune(repository, EAGER)
    assert read_generation(backend, repository.keyring).packs == []
    assert len(object_keys(backend, "condemned/")) == 2
    assert len(list(repository.snapshots())) == 1


def test_a_merge_of_segments_that_brings_back_an_entry_is_undone() -> None:
    clock, backend, repository, truth = two_days()
    prune(repository, EAGER)
    stale = {key: backend.get(key) for key in object_keys(backend, "index/")}
    clock.advance(hours=25)
    assert prune(repository, EAGER).freed_packs > 0
    for key, data in stale.items():
        if key not in object_keys(backend, "index/"):
            backend.put_new(key, [data])
    other = open_with(backend, clock)
    snapshot = back_up(other, random_files(2), "ns:2")  # what was freed: it is stored again
    clock.advance(hours=25)
    prune(other, EAGER)
    assert not {pack.name for pack in _gone(backend, other)}
    check_true(other, {**truth, snapshot.id: random_files(2)})


def _gone(backend: MemoryBackend, repository: Repository) -> Iterator[IndexedPack]:
    """Packs that segments name in vain."""
    present = {key.rpartition("/")[2] for key in packs_of(backend)}
    for name in repository.index.segment_names():
        for pack in repository.index.read_segment(name).packs:
            if pack.name.hex() not in present:
                yield pack


def test_a_damaged_chunk_is_not_passed_on() -> None:
    clock, backend, repository, _ = two_days()
    for key in sorted(packs_of(backend)):
        data = bytearray(backend.get(key))
        data[200] ^= 1
        backend.delete(key)
        backend.put_new(key, [bytes(data)])
    clock.advance(days=1)
    before = packs_of(backend)
    with pytest.raises(DamagedError):
        prune(repository, EAGER)  # the tree's own pages are damaged too
    assert packs_of(backend) == before


def test_stopping_it_by_its_progress_leaves_all_as_it_was() -> None:
    class StopHereError(Exception):
        pass

    def stop(phase: str, done: int, total: int) -> None:
        if phase == "rewrite":
            raise StopHereError

    clock, _, repository, truth = two_days()
    with pytest.raises(StopHereError):
        prune(repository, EAGER, progress=stop)
    check_true(repository, truth)
    assert prune(repository, EAGER).condemned_packs > 0
    clock.advance(hours=25)
    assert prune(repository, EAGER).freed_packs > 0
    check_true(repository, truth)


def test_locked_packs_count_as_living_until_their_lock_ends() -> None:
    clock, backend, repository, truth = two_days()
    prune(repository, EAGER)
    clock.advance(days=2)
    ends = clock.now + timedelta(days=20)
    keys = packs_of(backend)
    held = prune(repository, EAGER, locked_until=lambda _name: ends)
    assert held.freed_packs == 0
    assert held.locked_packs == held.waiting_packs > 0
    assert held.locked_bytes == held.waiting_bytes > 0
    assert held.locked_until == held.next_deletion == ends
    assert keys <= packs_of(backend)
    check_true(repository, truth)
    clock.advance(days=20)
    freed = prune(repository, EAGER, locked_until=lambda _name: ends)
    assert (freed.freed_packs, freed.locked_packs) == (held.locked_packs, 0)
    check_true(repository, truth)
