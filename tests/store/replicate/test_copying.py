"""Replicas: byte for byte, whole whenever a run ends, gone on with after a stop."""

from pathlib import Path

import pytest
from dropally.store import LocalBackend, MemoryBackend, StoreError
from dropally.store.backend import Backend, Call, Fault, FaultyBackend, SimulatedCrash
from dropally.store.replicate import check_copy, plan_replication, repair_copy, replicate
from tests.store.samples import back_up, make, object_keys, read_back, reopen, sample_files
from tests.store.verify.damage import copied, filled, flipped, replace, verified

FILLED = filled()


def contents(backend: Backend) -> dict[str, bytes]:
    """Every object but those about work at the source."""
    return {
        key: backend.get(key)
        for key in object_keys(backend)
        if not key.startswith(("sessions/", "condemned/", "lease"))
    }


def test_a_replica_is_byte_equal_and_opens_with_the_same_key(tmp_path: Path) -> None:
    target = LocalBackend(tmp_path / "replica")
    planned = plan_replication(FILLED, target)
    done = replicate(FILLED, target)
    assert contents(target) == contents(FILLED)
    assert planned.objects == done.objects - 1, "the config comes on top"
    assert verified(reopen(target)).is_good
    again = replicate(FILLED, target)
    assert (again.objects, again.planned.objects) == (0, 0)
    assert check_copy(FILLED, target).wrong == []


def test_only_what_is_new_is_copied_the_next_time() -> None:
    source, target = copied(FILLED), MemoryBackend()
    replicate(source, target)
    before = set(object_keys(target))
    snapshot = back_up(reopen(source), sample_files(7, count=3))
    done = replicate(source, target)
    assert done.objects == len(set(object_keys(source)) - before) > 3
    assert read_back(reopen(target), snapshot) == sample_files(7, count=3)


def test_what_left_the_source_leaves_the_replica_when_asked() -> None:
    source, target = copied(FILLED), MemoryBackend()
    replicate(source, target)
    for key in object_keys(source, "points/"):
        source.delete(key)
    assert replicate(source, target).removed_objects == 0
    planned = plan_replication(source, target, remove_vanished=True)
    done = replicate(source, target, remove_vanished=True)
    assert done.removed_objects == planned.removed_objects == 3
    assert contents(target) == contents(source)


def test_an_emptied_source_does_not_empty_its_replica() -> None:
    source, target = copied(FILLED), MemoryBackend()
    replicate(source, target)
    for key in object_keys(source):
        if not key.startswith(("config", "keys/")):
            source.delete(key)
    with pytest.raises(StoreError, match="no snapshot"):
        replicate(source, target, remove_vanished=True)
    assert len(object_keys(target, "snapshots/")) == 3


def test_nothing_is_removed_from_a_replica_that_is_newer_than_its_source() -> None:
    source, target = copied(FILLED), MemoryBackend()
    back_up(reopen(source), sample_files(7, count=3))
    newest = back_up(reopen(source), sample_files(8, count=3))
    replicate(source, target)
    before = contents(target)
    source.delete(f"snapshots/{newest.id.replace('.', '/')}")
    with pytest.raises(StoreError, match="newer restore points"):
        replicate(source, target, remove_vanished=True)
    assert contents(target) == before


def test_another_repository_is_never_written_over() -> None:
    target = MemoryBackend()
    make(target)
    with pytest.raises(StoreError, match="another repository"):
        replicate(FILLED, target)
    target.delete("config")
    with pytest.raises(StoreError, match="another repository"):
        replicate(FILLED, target)


def test_damage_at_the_source_is_named_and_not_spread() -> None:
    source, target = copied(FILLED), MemoryBackend()
    key = object_keys(source, "packs/")[1]
    replace(source, key, flipped(source.get(key), 90))
    done = replicate(source, target)
    assert done.damaged == [key]
    assert key not in object_keys(target)
    assert len(object_keys(target)) == len(object_keys(source)) - 1


def test_a_damaged_replica_is_found_and_mended() -> None:
    target = MemoryBackend()
    replicate(FILLED, target)
    pack, segment = object_keys(target, "packs/")[0], object_keys(target, "index/")[0]
    point = object_keys(target, "points/")[0]
    for key in (pack, segment, point, "config"):
        replace(target, key, flipped(target.get(key), len(target.get(key)) // 2))
    wrong = check_copy(FILLED, target).wrong
    assert sorted(wrong) == sorted([pack, segment, point, "config"])
    assert repair_copy(FILLED, target, wrong) == []
    assert contents(target) == contents(FILLED)


def test_f61_stopped_after_every_single_operation_a_replica_goes_on_and_is_never_half() -> None:
    source = FILLED
    calls = FaultyBackend(MemoryBackend())
    replicate(source, calls, transfers=1)
    writes = [call.number for call in calls.calls if call.operation in {"put_new", "delete"}]
    assert len(writes) > 10
    for number in writes:
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            target = MemoryBackend()
            with pytest.raises(SimulatedCrash):
                replicate(source, FaultyBackend(target, {number: fault}), transfers=1)
            names = object_keys(target)
            if "config" in names:
                assert verified(reopen(target)).is_good
            if any(key.startswith("snapshots/") for key in names):
                bodies = ("packs/", "index/", "keys/")
                assert all(key in names for key in object_keys(source) if key.startswith(bodies))
            replicate(source, target)
            assert contents(target) == contents(source)


def test_packs_rewritten_while_they_are_copied_are_looked_for_again() -> None:
    source, target = copied(FILLED), MemoryBackend()
    first, *_, last = object_keys(source, "packs/")
    moved = source.get(last)

    def plan(call: Call) -> Fault | None:
        if call.operation == "get" and call.key == first:
            source.delete(last)  # prune at work: the pack leaves, another comes
        return None

    done = replicate(FaultyBackend(source, plan), target, transfers=1)
    assert done.damaged == []
    assert last not in object_keys(target)
    source.put_new(last, [moved])
    replicate(source, target)
    assert contents(target) == contents(source)


def test_somebody_may_stop_it() -> None:
    target = MemoryBackend()
    left = iter(range(5))

    def check() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        replicate(FILLED, target, check=check)
    replicate(FILLED, target)
    assert verified(reopen(target)).is_good
