import hashlib
import os
import sqlite3
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from dropally.store import DamagedError, MemoryBackend, NewerFormatError, StoreError, rebuild_index
from dropally.store.backend import Fault, FaultyBackend
from dropally.store.content import Content, ContentRecord, Fingerprint
from dropally.store.index import ChunkIndex, IndexedPack, Segment, compaction
from dropally.store.index import index as indexing
from dropally.store.index.segment import FORMAT, decode_segment, encode_segment, segment_key
from dropally.store.keys import create_keyring
from dropally.store.pack import DirectoryBuilder, PackHeader, PackKind
from pyzstd import compress
from tests.store.backend.meanwhile import Meanwhile
from tests.store.samples import back_up, make, object_keys, read_back, reopen, sample_files

KEYRING = create_keyring()


def pack_of(ids: list[bytes], records: list[ContentRecord] | None = None) -> IndexedPack:
    builder = DirectoryBuilder()
    for start in range(0, len(ids), 10):
        some = ids[start : start + 10]
        builder.add(0, 100 * len(some) + 16, some, [100] * len(some))
    builder.records = records or []
    header = PackHeader(PackKind.DATA, 1, os.urandom(32)).encode()
    return IndexedPack(os.urandom(32), 10_000, header, builder.build())


def no_lists(list_id: bytes) -> bytes:
    raise AssertionError(f"nothing was stored as a list: {list_id.hex()}")


def index_on(backend: MemoryBackend, path: Path | None = None) -> ChunkIndex:
    return ChunkIndex(backend, KEYRING, path)


def test_chunks_are_located_where_the_directory_says() -> None:
    index = index_on(MemoryBackend())
    ids = [os.urandom(32) for _ in range(1000)]
    pack = pack_of(ids)
    index.add_packs([pack])
    found = index.locate(ids)
    assert len(found) == 1000
    place = found[ids[17]]
    assert (place.position, place.offset, place.length) == (1, 700, 100)
    assert place.blob_offset == 64 + 1016
    assert (place.stored_bytes, place.plain_bytes) == (1016, 1000)
    assert index.pack(place.pack_no).name == pack.name
    unknown = os.urandom(32)
    assert index.contains([*ids[:3], unknown]) == set(ids[:3])
    assert index.contains([*ids, unknown]) == set(ids)
    assert index.locate([unknown]) == {}
    index.close()


def test_another_process_loads_what_was_written(tmp_path: Path) -> None:
    backend = MemoryBackend()
    first, second = index_on(backend, tmp_path / "a"), index_on(backend, tmp_path / "b")
    ids = [os.urandom(32) for _ in range(50)]
    record = ContentRecord(Fingerprint(ids[0], 9), Content(9, 0, ids[1]))
    first.add_packs([pack_of(ids, [record])])
    assert second.contains(ids) == set()
    second.refresh()
    assert second.contains(ids) == set(ids)
    assert second.find_contents([record.fingerprint, Fingerprint(ids[0], 8)], no_lists) == [
        record.content,
        None,
    ]
    first.close()
    second.close()


def test_the_cache_file_serves_the_next_process_without_reading_segments(tmp_path: Path) -> None:
    backend = MemoryBackend()
    ids = [os.urandom(32) for _ in range(50)]
    index = index_on(backend, tmp_path / "cache" / "index")
    index.add_packs([pack_of(ids)])
    index.close()
    counting = FaultyBackend(backend)
    again = ChunkIndex(counting, KEYRING, tmp_path / "cache" / "index")
    again.refresh()
    assert again.contains(ids) == set(ids)
    assert [call.operation for call in counting.calls] == ["list"]
    again.close()


def test_a_ruined_cache_file_is_made_again(tmp_path: Path) -> None:
    backend = MemoryBackend()
    ids = [os.urandom(32) for _ in range(50)]
    path = tmp_path / "index"
    index = index_on(backend, path)
    index.add_packs([pack_of(ids)])
    index.close()
    path.write_bytes(b"this is no database" * 1000)
    again = index_on(backend, path)
    again.refresh()
    assert again.contains(ids) == set(ids)
    again.close()


def test_a_cache_of_another_repository_is_not_believed(tmp_path: Path) -> None:
    index = index_on(MemoryBackend(), tmp_path / "index")
    ids = [os.urandom(32)]
    index.add_packs([pack_of(ids)])
    index.close()
    other = ChunkIndex(MemoryBackend(), create_keyring(), tmp_path / "index")
    assert other.contains(ids) == set()
    other.close()


def test_segments_that_left_are_forgotten_with_their_packs(tmp_path: Path) -> None:
    backend = MemoryBackend()
    index = index_on(backend)
    stays, goes = [os.urandom(32)], [os.urandom(32)]
    index.add_packs([pack_of(stays)])
    before = set(index.segment_names())
    index.add_packs([pack_of(goes)])
    index.delete_segments(list(set(index.segment_names()) - before))
    index.refresh()
    assert index.contains(stays + goes) == set(stays)
    index.close()


def test_many_small_segments_become_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compaction, "MANY", 5)
    backend = MemoryBackend()
    files = sample_files(1, count=5)
    repository = make(backend)
    snapshots = [back_up(repository, {**files, "/n": os.urandom(n)}) for n in range(5)]
    watching = reopen(backend)
    assert len(object_keys(backend, "index/")) >= 5
    with reopen(backend).writer(note="test"):
        assert len(object_keys(backend, "index/")) == 1
    for repository in (watching, reopen(backend)):
        repository.index.refresh()
        assert all(len(read_back(repository, one)) == 8 for one in snapshots)


def test_merging_without_permission_to_delete_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(compaction, "MANY", 3)
    backend = MemoryBackend()
    files = sample_files(2, count=5)
    repository = make(backend)
    snapshots = [back_up(repository, {**files, "/n": os.urandom(n)}) for n in range(4)]
    denied = FaultyBackend(
        backend, lambda call: Fault.DENIED if call.operation == "delete" else None
    )
    with reopen(denied).writer(note="test"):
        pass
    assert all(read_back(reopen(backend), one)["/empty"] == b"" for one in snapshots)


def test_what_came_while_segments_were_loaded_is_looked_for_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Loading many takes long: the index is as old as the listing that it began with."""
    now_s = [0.0]
    monkeypatch.setattr(indexing, "time", SimpleNamespace(monotonic=lambda: now_s[0]))
    backend = MemoryBackend()
    early, late = b"\1" * 32, b"\2" * 32
    index_on(backend).add_packs([pack_of([early])])

    def take_long() -> None:
        now_s[0] += 60
        index_on(backend).add_packs([pack_of([late])])

    watched = Meanwhile(backend)
    index = ChunkIndex(watched, KEYRING, None)
    watched.when("get", "index/", take_long)
    index.refresh()
    assert index.locate([early, late]).keys() == {early, late}


def test_a_damaged_segment_is_noted_and_its_packs_adopted_again() -> None:
    backend = MemoryBackend()
    files = sample_files(3)
    snapshot = back_up(make(backend), files)
    for key in object_keys(backend, "index/"):
        data = bytearray(backend.get(key))
        data[100] ^= 1
        backend.delete(key)
        backend.put_new(key, [data])
    repository = reopen(backend)
    assert repository.index.damaged_segments
    with pytest.raises(DamagedError, match="index"):
        read_back(repository, snapshot)
    with repository.writer(note="test") as writer:
        assert len(writer.adoption.adopted) == len(object_keys(backend, "packs/"))
    assert read_back(repository, snapshot) == files
    adoption = rebuild_index(repository)
    assert not adoption.damaged
    assert not repository.index.damaged_segments
    assert not reopen(backend).index.damaged_segments


@pytest.mark.parametrize("loss", ["index", "cache", "both"])
def test_rebuild_from_the_packs_alone(tmp_path: Path, loss: str) -> None:
    backend = MemoryBackend()
    files = sample_files(4)
    snapshot = back_up(make(backend), files)
    repository = reopen(backend, tmp_path)
    repository.close()
    if loss in {"index", "both"}:
        for key in object_keys(backend, "index/"):
            backend.delete(key)
    if loss in {"cache", "both"}:
        for file in tmp_path.iterdir():
            file.unlink()
    repository = reopen(backend, tmp_path)
    adoption = rebuild_index(repository)
    assert len(adoption.adopted) == len(object_keys(backend, "packs/"))
    assert read_back(repository, snapshot) == files
    repository.close()
    repository = reopen(backend, tmp_path)
    assert read_back(repository, snapshot) == files
    repository.close()


def test_a_lost_index_is_noticed_by_those_who_had_it_open() -> None:
    backend = MemoryBackend()
    files = sample_files(7)
    repository = make(backend)
    snapshot = back_up(repository, files)
    for key in object_keys(backend, "index/"):
        backend.delete(key)
    with repository.writer(note="test") as writer:
        assert len(writer.adoption.adopted) == len(object_keys(backend, "packs/"))
        assert read_back(repository, snapshot) == files


def test_a_missing_pack_counts_as_absent_so_that_the_next_backup_heals() -> None:
    backend = MemoryBackend()
    files = sample_files(5)
    back_up(make(backend), files)
    lost = {key: backend.get(key) for key in object_keys(backend, "packs/")}
    for key in lost:
        backend.delete(key)
    repository = reopen(backend)
    with repository.writer(note="test") as writer:
        assert len(writer.adoption.missing) == len(lost)
        root = None
        for data in files.values():
            writer.add([data])
        assert root is None
        assert writer.new_bytes >= sum(len(data) for data in set(files.values()))
    key, data = next(iter(lost.items()))
    backend.put_new(key, [data])
    with reopen(backend).writer(note="test") as writer:
        assert len(writer.adoption.missing) == len(lost) - 1


def test_a_segment_of_another_format_or_shape_is_refused() -> None:
    name, sealed = encode_segment(KEYRING, Segment(FORMAT + 1, [], []))
    with pytest.raises(NewerFormatError):
        decode_segment(KEYRING, name, sealed)
    with pytest.raises(DamagedError, match="changed"):
        decode_segment(KEYRING, os.urandom(32), sealed)
    with pytest.raises(DamagedError):
        decode_segment(create_keyring(), name, sealed)


def test_a_bomb_of_a_segment_is_refused() -> None:
    body = compress(bytes(300_000_000))
    plain = b"\x01" + (300_000_000).to_bytes(4, "little") + body
    sealed = KEYRING.sealer("index").seal("", plain)
    with pytest.raises(StoreError, match="longer than the format permits"):
        decode_segment(KEYRING, hashlib.sha256(sealed).digest(), sealed)


def test_foreign_files_among_segments_and_packs_are_left_alone() -> None:
    backend = MemoryBackend()
    files = sample_files(6, count=3)
    snapshot = back_up(make(backend), files)
    backend.put_new("index/readme", [b"?"])
    backend.put_new("packs/zz/readme", [b"?"])
    backend.put_new(segment_key(bytes(32)), [b"not a segment"])
    repository = reopen(backend)
    with repository.writer(note="test"):
        assert read_back(repository, snapshot) == files


def test_the_cache_says_when_it_cannot_be_written(tmp_path: Path) -> None:
    index = index_on(MemoryBackend(), tmp_path / "index")
    other = sqlite3.connect(tmp_path / "index")
    index._cache._db.execute("PRAGMA busy_timeout = 10")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="local index"):
        index.add_packs([pack_of([os.urandom(32)])])
    other.close()
    index.close()


def test_a_cache_that_is_damaged_under_way_is_named(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = index_on(MemoryBackend(), path)
    ids = [os.urandom(32) for _ in range(20_000)]
    index.add_packs([pack_of(ids)])
    index.close()
    data = bytearray(path.read_bytes())
    data[8192:] = os.urandom(len(data) - 8192)
    path.write_bytes(data)
    with pytest.raises(StoreError, match="local index"):
        index_on(MemoryBackend(), path).contains(ids)


def test_a_content_that_changed_in_the_cache_is_not_believed(tmp_path: Path) -> None:
    path = tmp_path / "index"
    index = index_on(MemoryBackend(), path)
    record = ContentRecord(Fingerprint(bytes(32), 9), Content(9, 0, b"i" * 32))
    index.add_packs([pack_of([os.urandom(32)], [record])])
    index.close()
    path.write_bytes(path.read_bytes().replace(b"i" * 32, b"i" * 31 + b"j"))
    with pytest.raises(StoreError, match="checksum"):
        index_on(MemoryBackend(), path).find_contents([record.fingerprint], no_lists)


def test_a_cache_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "index").mkdir()
    with pytest.raises(StoreError, match="local index"):
        index_on(MemoryBackend(), tmp_path / "index")


def test_content_encoding_is_compact() -> None:
    assert len(msgspec.msgpack.encode(Content(100, 0, bytes(32)))) < 40
