import hashlib
from datetime import datetime, timedelta, timezone

import pytest
from dropally.store import (
    DamagedError,
    MemoryBackend,
    ObjectNotFoundError,
    PointDraft,
    Snapshot,
    SnapshotDraft,
    SnapshotId,
    StoreError,
)
from dropally.store.keys import Keyring, create_keyring
from dropally.store.snapshot import Chain, Failure, PointId, Session, open_snapshots
from dropally.store.snapshot.chain import escape, unescape
from dropally.store.snapshot.snapshot import build_snapshot
from hypothesis import given
from hypothesis import strategies as st
from tests.store.samples import START, back_up, make, object_keys, reopen

KEYRING = create_keyring()


def append(
    chain: Chain[Snapshot], source: str, now: datetime = START, cursor: str = ""
) -> Snapshot:
    draft = SnapshotDraft(
        source=source,
        root=None,
        cursor=cursor,
        stats={"files": 3},
        failures=[Failure("/a", "restricted", "by copyright")],
        labels={"job": "7"},
    )
    return chain.append(source, now, lambda link: build_snapshot(draft, link))


def chain_on(backend: MemoryBackend, keyring: Keyring = KEYRING) -> Chain[Snapshot]:
    return open_snapshots(backend, keyring)


def test_snapshots_keep_all_they_were_given() -> None:
    chain = chain_on(MemoryBackend())
    snapshot = append(chain, "84077", cursor="AAF")
    assert chain.read(snapshot.id) == snapshot
    assert snapshot.time == START
    assert snapshot.failures == [Failure("/a", "restricted", "by copyright")]
    assert chain.latest("84077") == snapshot
    assert chain.latest("84078") is None


def test_each_snapshot_holds_the_number_and_hash_of_the_one_before() -> None:
    backend = MemoryBackend()
    chain = chain_on(backend)
    for _ in range(4):
        append(chain, "ns:1")
        append(chain, "ns:2")
    found = list(chain.all("ns:1"))
    assert [one.sequence for one in found] == [1, 2, 3, 4]
    keys = object_keys(backend, "snapshots/ns_3a1/")
    hashes = [hashlib.sha256(backend.get(key)).digest() for key in keys]
    assert [one.previous for one in found] == [b"", *hashes[:3]]
    assert sorted(chain.owners()) == ["ns:1", "ns:2"]


def test_a_clock_that_goes_back_does_not_reorder_the_chain() -> None:
    chain = chain_on(MemoryBackend())
    first = append(chain, "s", START)
    second = append(chain, "s", START - timedelta(days=3))
    assert second.time > first.time
    assert chain.latest("s") == second


def test_times_are_kept_in_utc() -> None:
    chain = chain_on(MemoryBackend())
    other_zone = START.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert append(chain, "s", other_zone).time == START


def test_damaged_snapshots_are_told_and_passed_over_but_count_in_the_sequence() -> None:
    backend = MemoryBackend()
    chain = chain_on(backend)
    first = append(chain, "s")
    append(chain, "s")
    key = object_keys(backend, "snapshots/s/")[1]
    backend.delete(key)
    backend.put_new(key, [b"rubbish"])
    with pytest.raises(DamagedError):
        list(chain.all("s"))
    with pytest.raises(DamagedError):
        chain.latest("s")
    told: list[DamagedError] = []
    assert list(chain.all("s", told.append)) == [first]
    assert chain.latest("s", told.append) == first
    assert len(told) == 2
    assert key in str(told[0])
    assert append(chain, "s").sequence == 3


def test_a_snapshot_under_another_ones_name_is_refused() -> None:
    backend = MemoryBackend()
    chain = chain_on(backend)
    append(chain, "s")
    append(chain, "t")
    first, second = object_keys(backend, "snapshots/")
    stolen = backend.get(first)
    backend.delete(second)
    backend.put_new(second, [stolen])
    with pytest.raises(DamagedError):
        list(chain.all("t"))


def test_unknown_ids_are_not_found() -> None:
    chain = chain_on(MemoryBackend())
    for name in ("", "x", "../config", "s.20261122t030000000000z-0123456789abcdef"):
        with pytest.raises(ObjectNotFoundError):
            chain.read(name)


@given(st.text(min_size=1, max_size=15))
def test_any_name_becomes_a_key_and_back(name: str) -> None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return
    escaped = escape(name)
    assert set(escaped) <= set("abcdefghijklmnopqrstuvwxyz0123456789-_")
    assert unescape(escaped) == name


def test_names_that_cannot_be_keys_are_refused() -> None:
    for name in ("", "x" * 191):
        with pytest.raises(StoreError, match="empty or too long"):
            escape(name)


def test_points_say_which_snapshot_each_source_had() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    ids = {f"ns:{n}": SnapshotId(f"ns_3a{n}.x") for n in range(500)}
    with repository.writer(note="test") as writer:
        first = writer.commit_point(PointDraft(group="t", snapshots=ids, labels={"run": "1"}))
        packs = sum(stat.size_bytes for stat in backend.list("packs/"))
        changed = {"ns:7": SnapshotId("new"), "ns:8": None}
        second = writer.commit_point(PointDraft(group="t", snapshots=changed, parent=first.id))
        grown = sum(stat.size_bytes for stat in backend.list("packs/")) - packs
    again = reopen(backend)
    assert dict(again.point_snapshots(again.point(first.id))) == ids
    latest = again.latest_point("t")
    assert latest == second
    assert again.point_snapshot(second, "ns:7") == "new"
    assert again.point_snapshot(second, "ns:8") is None
    assert again.point_snapshot(second, "ns:9") == "ns_3a9.x"
    assert [point.sequence for point in again.points("t")] == [1, 2]
    assert grown < 30_000
    with pytest.raises(ObjectNotFoundError):
        again.point(PointId("t.gone"))


def test_snapshots_are_found_by_id() -> None:
    repository = make(MemoryBackend())
    snapshot = back_up(repository, {"/a": b"x"})
    assert repository.snapshot(snapshot.id) == snapshot
    assert "/" not in snapshot.id


def test_sessions_are_refreshed_in_place() -> None:
    backend = MemoryBackend()
    session = Session(backend, KEYRING, lambda: START, "note")
    session.start()
    first = backend.get(f"sessions/{session.id}")
    session.refresh()
    assert backend.get(f"sessions/{session.id}") != first
    session.end()
    session.end()
    assert object_keys(backend) == []
