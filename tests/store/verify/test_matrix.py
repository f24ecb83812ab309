"""Every kind of object x flip, cut, extend, swap, replay, remove: verify says it, reading is right."""

import random

import pytest
from dropally.store import StoreError
from dropally.store.verify import Level, VerifyReport
from tests.store.samples import back_up, object_keys, reopen, sample_files
from tests.store.verify.damage import (
    FILES,
    OLDER,
    copied,
    damaged_copies,
    filled,
    open_again,
    replace,
    unreadable,
    verified,
)

START = filled()
TRUTHS = {"older": [OLDER], "ns:1": [sample_files(1, count=5, largest=15_000), FILES]}
KINDS = ("config", "keys/", "packs/", "index/", "snapshots/", "points/")


def named(report: VerifyReport) -> set[str]:
    return {finding.key for finding in report.findings}


@pytest.mark.parametrize("kind", KINDS)
def test_verify_names_every_damage_and_reading_is_never_wrong(kind: str) -> None:
    rng = random.Random(kind)
    for key in object_keys(START, kind):
        for manner, backend in damaged_copies(START, key, rng):
            repository = open_again(backend)
            if isinstance(repository, StoreError):
                assert kind in {"config", "keys/"}, (manner, key)
                continue
            if kind == "index/":
                repository.adopt()  # what a lost segment named is found from the packs
            bad = unreadable(repository, TRUTHS)
            report = verified(repository)
            # A removed key slot, snapshot, point or segment leaves nothing behind that tells; the
            # packs of a lost segment are found by themselves.
            if manner != "remove" or kind in {"packs/", "config"}:
                assert key in named(report), (manner, key)
            told = {(item.snapshot, item.path) for item in report.items}
            whole = {item.snapshot for item in report.items if item.last_path}
            if kind == "packs/":
                concerned = {path for _, path in told}
                assert all(p in concerned or s in whole for s, p in bad) or whole, (manner, key)
                assert bool(bad) <= bool(report.item_count), (manner, key)
            else:
                assert not bad, (manner, key)


def test_what_is_undamaged_is_found_good() -> None:
    report = verified(reopen(copied(START)))
    assert report.is_good
    assert report.is_complete
    assert report.checked_packs == report.packs > 3
    assert report.checked_bytes == report.size_bytes
    assert report.checked_snapshots == 3


def test_one_flipped_bit_leaves_the_rest_of_the_pack_readable() -> None:
    for key in object_keys(START, "packs/"):
        backend = copied(START)
        data = bytearray(START.get(key))
        data[100] ^= 4  # in the first blob
        replace(backend, key, bytes(data))
        repository = reopen(backend)
        bad = unreadable(repository, TRUTHS)
        report = verified(repository)
        assert named(report) == {key}
        assert len(bad) < sum(len(files) for files in (FILES, OLDER)) + len(TRUTHS["ns:1"][0])


def test_a_replayed_older_snapshot_is_named() -> None:
    backend = copied(START)
    keys = object_keys(backend, "snapshots/ns")
    replace(backend, keys[1], backend.get(keys[0]))
    assert keys[1] in named(verified(reopen(backend)))


def test_an_exchanged_predecessor_shows_in_the_hash_of_the_next() -> None:
    backend, other = copied(START), copied(START)
    back_up(reopen(backend), OLDER)
    back_up(reopen(other), FILES)
    third, fork = (object_keys(one, "snapshots/ns")[-1] for one in (backend, other))
    back_up(reopen(backend), FILES)
    backend.delete(third)
    backend.put_new(fork, [other.get(fork)])
    report = verified(reopen(backend))
    assert named(report) == {object_keys(backend, "snapshots/ns")[-1]}
    assert "exchanged" in report.findings[0].why


def test_level_two_finds_changed_bytes_without_opening_them() -> None:
    key = object_keys(START, "packs/")[0]
    backend = copied(START)
    data = bytearray(backend.get(key))
    data[-20] ^= 1
    replace(backend, key, bytes(data))
    report = verified(reopen(backend), Level.HASHES)
    assert named(report) == {key}
    assert verified(reopen(backend), Level.NAMES).is_good, "the size is right"
