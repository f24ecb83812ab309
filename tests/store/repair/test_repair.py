"""Damage is healed from where there is a good copy; what has none is saved as far as it opens."""

import pytest
from dropally.store import (
    MemoryBackend,
    Repository,
    rebuild_index,
)
from dropally.store.backend import Fault, FaultyBackend, SimulatedCrash
from dropally.store.codec import RAW
from dropally.store.pack import PackBuilder, PackKind, pack_key
from dropally.store.repair import RepairReport, put_sidecar, repair
from dropally.store.replicate import replicate
from dropally.store.verify import VerifyLedger, verify
from tests.store.samples import Files, back_up, make, object_keys, reopen, sample_files
from tests.store.verify.damage import FILES, OLDER, copied, filled, flipped, replace, unreadable

FILLED = filled()
TRUTHS = {"older": [OLDER], "ns:1": [sample_files(1, count=5, largest=15_000), FILES]}


def verify_and_repair(
    repository: Repository, *, replicas: tuple[MemoryBackend, ...] = (), dry_run: bool = False
) -> RepairReport:
    ledger = VerifyLedger(None, repository.config.repository_id)
    try:
        report = verify(repository, ledger)
        return repair(repository, ledger, report.findings, replicas=replicas, dry_run=dry_run)
    finally:
        ledger.close()


def is_good(backend: MemoryBackend) -> bool:
    repository = reopen(backend)
    ledger = VerifyLedger(None, repository.config.repository_id)
    report = verify(repository, ledger)
    ledger.close()
    return report.is_good


@pytest.mark.parametrize("kind", ["packs/", "index/", "snapshots/", "points/", "keys/"])
def test_everything_is_healed_from_a_replica(kind: str) -> None:
    replica = MemoryBackend()
    replicate(FILLED, replica)
    for key in object_keys(FILLED, kind):
        backend = copied(FILLED)
        repository = reopen(backend)
        replace(backend, key, flipped(backend.get(key), len(backend.get(key)) // 2))
        report = verify_and_repair(repository, replicas=(replica,))
        assert [healed.key for healed in report.healed] == [key]
        assert backend.get(key) == FILLED.get(key)
        assert is_good(backend)


def test_missing_packs_are_healed_from_a_replica() -> None:
    replica, backend = MemoryBackend(), copied(FILLED)
    replicate(FILLED, replica)
    for key in object_keys(backend, "packs/"):
        backend.delete(key)
    repository = reopen(backend)
    report = verify_and_repair(repository, replicas=(replica,))
    assert len(report.healed) == len(object_keys(FILLED, "packs/"))
    assert unreadable(repository, TRUTHS) == set()
    assert is_good(backend)


def test_a_pack_is_healed_from_its_parity() -> None:
    for key in object_keys(FILLED, "packs/"):
        backend = copied(FILLED)
        put_sidecar(backend, bytes.fromhex(key[-64:]), backend.get(key))
        replace(backend, key, flipped(backend.get(key), 100))
        report = verify_and_repair(reopen(backend))
        assert [(one.key, one.source) for one in report.healed] == [(key, "parity")]
        assert is_good(backend)


def test_an_index_segment_is_made_again_from_its_packs() -> None:
    backend = copied(FILLED)
    key = object_keys(backend, "index/")[0]
    replace(backend, key, b"nonsense")
    report = verify_and_repair(reopen(backend))
    assert [one.key for one in report.healed] == [key]
    assert is_good(backend)


def lose_something(backend: MemoryBackend, path: str, files: Files) -> str:
    """Flip a bit in the one chunk of a file; the key of its pack."""
    repository = reopen(backend)
    snapshot = repository.latest("ns:1")
    assert snapshot is not None
    with repository.reader() as reader:
        entry = reader.tree(snapshot.root).get(path)
    assert entry is not None
    assert entry.content is not None
    place = repository.index.locate([entry.content.chunks[:32]])[entry.content.chunks[:32]]
    name = repository.index.pack(place.pack_no).name.hex()
    key = f"packs/{name[:2]}/{name}"
    replace(backend, key, flipped(backend.get(key), place.blob_offset + 5))
    repository.close()
    return key


def test_what_has_no_good_copy_is_saved_as_far_as_it_opens() -> None:
    backend = copied(FILLED)
    path = next(path for path, data in FILES.items() if 300 < len(data) < 8000)
    key = lose_something(backend, path, FILES)
    repository = reopen(backend)
    before = unreadable(repository, TRUTHS)
    planned = verify_and_repair(repository, dry_run=True)
    assert [finding.key for finding in planned.given_up] == [key]
    report = verify_and_repair(repository)
    assert report.saved_chunks > 0
    assert report.lost_chunks > 0
    assert key not in object_keys(backend)
    assert f"damaged/{key[-64:]}" in object_keys(backend)
    for opened in (repository, reopen(backend)):
        assert unreadable(opened, TRUTHS) == before, "nothing more is lost than was damaged"
    wanted = repository.lost_and_wanted.wanted()["ns:1"]
    assert path in wanted.paths
    assert not wanted.everything
    assert {p for _, p in before} <= wanted.paths | {item.path for item in report.lost_items}


def test_what_is_lost_is_not_taken_for_stored_and_comes_back_with_the_next_backup() -> None:
    backend = copied(FILLED)
    path = next(path for path, data in FILES.items() if 300 < len(data) < 8000)
    lose_something(backend, path, FILES)
    verify_and_repair(reopen(backend))
    rebuilt = copied(backend)
    rebuild_index(reopen(rebuilt))
    for one in (backend, rebuilt):
        repository = reopen(one)
        back_up(repository, TRUTHS["ns:1"][0], "elsewhere")
        back_up(repository, FILES)
        again = verify_and_repair(repository)
        assert again.settled_packs == 1
        assert not again.given_up
        assert object_keys(one, "lost/") == []
        assert is_good(one)


def test_wishes_are_settled_once_they_are_honoured() -> None:
    backend = copied(FILLED)
    path = next(path for path, data in FILES.items() if 300 < len(data) < 8000)
    lose_something(backend, path, FILES)
    repository = reopen(backend)
    verify_and_repair(repository)
    verify_and_repair(repository)
    assert len(object_keys(backend, "wanted/")) == 1, "nothing is asked for twice"
    wanted = repository.lost_and_wanted.wanted()
    repository.lost_and_wanted.settle(wanted["ns:1"])
    assert repository.lost_and_wanted.wanted() == {}


def test_a_lost_tree_page_asks_for_the_whole_source() -> None:
    backend = copied(FILLED)
    repository = reopen(backend)
    snapshot = repository.latest("older")
    assert snapshot is not None
    assert snapshot.root is not None
    place = repository.index.locate([snapshot.root])[snapshot.root]
    name = repository.index.pack(place.pack_no).name.hex()
    key = f"packs/{name[:2]}/{name}"
    replace(backend, key, flipped(backend.get(key), place.blob_offset + 5))
    fresh = reopen(backend)
    verify_and_repair(fresh)
    assert fresh.lost_and_wanted.wanted()["older"].everything
    unread = unreadable(fresh, TRUTHS)
    assert {snapshot_id for snapshot_id, _ in unread} == {snapshot.id}


def test_stopped_after_every_single_operation_nothing_more_is_lost() -> None:
    start = copied(FILLED)
    path = next(path for path, data in FILES.items() if 300 < len(data) < 8000)
    lose_something(start, path, FILES)
    before = unreadable(reopen(start), TRUTHS)
    log = FaultyBackend(copied(start))
    verify_and_repair(reopen(log))
    writes = [c.number for c in log.calls if c.operation in {"put_new", "delete", "swap"}]
    assert len(writes) > 5
    for number in writes:
        for fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
            backend = copied(start)
            with pytest.raises(SimulatedCrash):
                verify_and_repair(reopen(FaultyBackend(backend, {number: fault})))
            repository = reopen(backend)
            repository.adopt()
            assert unreadable(repository, TRUTHS) == before, (number, fault)
            verify_and_repair(repository)
            assert unreadable(repository, TRUTHS) == before, (number, fault)
            assert path in repository.lost_and_wanted.wanted()["ns:1"].paths


def test_a_pack_that_was_wrong_before_it_was_named_is_given_up() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    back_up(repository, sample_files(5, count=3))
    buffer = memoryview(bytearray(1 << 20))
    builder = PackBuilder(PackKind.DATA, repository.keyring, buffer, 1 << 19)
    builder.add(RAW, b"hello", [b"\x07" * 32], [5])
    sealed = builder.finish()
    backend.put_new(pack_key(sealed.name), sealed.parts)
    replica = copied(backend)
    report = verify_and_repair(repository, replicas=(replica,))
    assert [finding.key for finding in report.given_up] == [pack_key(sealed.name)]
    assert (report.saved_chunks, report.lost_chunks) == (0, 1)
    assert not verify_and_repair(repository).given_up
