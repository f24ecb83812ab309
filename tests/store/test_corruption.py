"""Flip, cut, swap, duplicate, remove, replay: wrong bytes are never handed out."""

import random
from collections.abc import Iterator

import pytest
from dropally.store import (
    DamagedError,
    Entry,
    MemoryBackend,
    NewerFormatError,
    PageId,
    Repository,
    SnapshotDraft,
    StoreError,
    encode_entry,
    rebuild_index,
)
from dropally.store.codec import RAW
from dropally.store.content import Content
from dropally.store.index import IndexedPack
from dropally.store.pack import PackBuilder, PackKind, pack_key
from pyzstd import compress
from tests.store.samples import (
    Files,
    back_up,
    join,
    make,
    object_keys,
    read_back,
    reopen,
    sample_files,
)
from tests.store.seeded import seeded

FILES = sample_files(1, count=15, largest=15_000)
OLDER = sample_files(2, count=10, largest=5_000)


def filled() -> MemoryBackend:
    backend = MemoryBackend()
    with seeded(1):
        repository = make(backend)
        back_up(repository, OLDER, "older")
        back_up(repository, FILES)
    repository.close()
    return backend


START = filled()


def copy() -> MemoryBackend:
    backend = MemoryBackend()
    for key in object_keys(START):
        backend.put_new(key, [START.get(key)])
    return backend


def replace(backend: MemoryBackend, key: str, data: bytes) -> None:
    backend.delete(key)
    backend.put_new(key, [data])


def read_all(backend: MemoryBackend) -> tuple[int, int]:
    """(files that read right, errors); raises when anything reads wrong."""
    right = errors = 0
    try:
        repository = reopen(backend)
    except StoreError:
        return 0, 1
    broken: list[DamagedError] = []
    for snapshot in repository.snapshots(damage=broken.append):
        truth = OLDER if snapshot.source == "older" else FILES
        try:
            good, bad = _read_snapshot(repository, snapshot.root, truth)
        except StoreError:
            good, bad = 0, 1
        right += good
        errors += bad
    return right, errors + len(broken)


def _read_snapshot(repository: Repository, root: PageId | None, truth: Files) -> tuple[int, int]:
    right = errors = 0
    with repository.reader() as reader:
        wanted = ((path, entry.content) for path, entry in reader.tree(root).scan())
        items = [(path, content) for path, content in wanted if content is not None]
        for path, pieces in reader.read_many(items):
            try:
                assert join(pieces) == truth[path], "wrong bytes were handed out"
                right += 1
            except StoreError:
                errors += 1
    return right, errors


def damage_each(kind: str) -> Iterator[tuple[str, str, MemoryBackend]]:
    """Every object of a kind, damaged in every manner."""
    rng = random.Random(3)
    keys = object_keys(START, kind)
    for key in keys:
        data = START.get(key)
        flipped = bytearray(data)
        flipped[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        other = next((START.get(one) for one in keys if one != key), b"?")
        damaged = {
            "flip": bytes(flipped),
            "cut": data[: rng.randrange(len(data))],
            "empty": b"",
            "longer": data + b"\0",
            "swap": other,
        }
        for manner, content in damaged.items():
            backend = copy()
            replace(backend, key, content)
            yield manner, key, backend
        backend = copy()
        backend.delete(key)
        yield "remove", key, backend


def test_a_damaged_index_gives_errors_and_never_wrong_bytes() -> None:
    """Read at once, before anybody looks at the packs; other kinds: verify/test_matrix.py."""
    total = len(FILES) + len(OLDER)
    for manner, key, backend in damage_each("index/"):
        right, errors = read_all(backend)
        assert right == total or errors, (manner, key)


def read_until_it_fails(repository: Repository) -> None:
    with repository.reader() as reader:
        for snapshot in repository.snapshots():
            for _, entry in reader.tree(snapshot.root).scan():
                if entry.content is not None:
                    join(reader.read(entry.content))


def test_a_flipped_pack_is_named() -> None:
    named = 0
    for key in object_keys(START, "packs/"):
        backend = copy()
        data = bytearray(START.get(key))
        data[70] ^= 1  # in the first blob
        replace(backend, key, bytes(data))
        if read_all(backend)[1] == 0:
            continue  # it holds nothing but the map of a restore point
        with pytest.raises(DamagedError) as caught:
            read_until_it_fails(reopen(backend))
        assert caught.value.pack == key.rpartition("/")[2]
        named += 1
    assert named > 3


def test_a_cut_pack_gives_what_lies_before_the_cut() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    rng = random.Random(4)
    files = {f"/{n:03d}": rng.randbytes(3000) for n in range(20)}
    with repository.writer(note="test") as writer:
        contents = {}
        for path, data in files.items():
            contents[path] = writer.add([data])
            writer.barrier() if path == "/009" else None
    key = max(object_keys(backend, "packs/"), key=lambda one: backend.stat(one).size_bytes)
    replace(backend, key, backend.get(key)[:-200])
    again = reopen(backend)
    with again.reader() as reader:
        found = {path: join(pieces) for path, pieces in reader.read_many(contents.items())}
    assert found == files


def test_duplicated_objects_change_nothing() -> None:
    backend = copy()
    for key in object_keys(START, "packs/"):
        backend.put_new(f"packs/00/{'0' * 32}{key[-32:]}", [START.get(key)])
    with reopen(backend).writer(note="test"):
        pass
    right, errors = read_all(backend)
    assert (right, errors) == (len(FILES) + len(OLDER), 0)


def test_a_replayed_older_snapshot_is_visible_in_the_chain() -> None:
    backend = copy()
    repository = reopen(backend)
    second = back_up(repository, FILES)
    third = back_up(repository, FILES)
    backend.delete(f"snapshots/{second.id.replace('.', '/')}")
    found = list(reopen(backend).snapshots("ns:1"))
    assert [one.sequence for one in found] == [1, 3]
    assert found[1].previous == third.previous


def test_rebuild_passes_over_damaged_packs_and_names_them() -> None:
    backend = copy()
    key = object_keys(backend, "packs/")[0]
    replace(backend, key, b"not a pack")
    adoption = rebuild_index(reopen(backend))
    assert [error.pack for error in adoption.damaged if isinstance(error, DamagedError)] == [
        key.rpartition("/")[2]
    ]


def forged(runs: list[tuple[int, bytes, list[bytes], list[int]]]) -> MemoryBackend:
    """A repository with a pack made by somebody who has the keys and means ill."""
    backend = copy()
    repository = reopen(backend)
    buffer = memoryview(bytearray(1 << 20))
    builder = PackBuilder(PackKind.DATA, repository.keyring, buffer, 1 << 19)
    for codec, stored, ids, lengths in runs:
        builder.add(codec, stored, ids, lengths)
    sealed = builder.finish()
    backend.put_new(pack_key(sealed.name), sealed.parts)
    pack = IndexedPack(sealed.name, sealed.size_bytes, sealed.header.encode(), sealed.directory)
    repository.index.add_packs([pack])
    return backend


def test_a_chunk_that_is_not_what_its_id_says_is_refused() -> None:
    chunk_id = b"\x07" * 32
    backend = forged([(RAW, b"hello", [chunk_id], [5])])
    with (
        reopen(backend).reader() as reader,
        pytest.raises(DamagedError, match="do not give its id"),
    ):
        join(reader.read(Content(5, 0, chunk_id)))


def test_a_bomb_in_a_pack_is_refused() -> None:
    bomb = compress(bytes(100_000_000))
    small, absurd = b"\x08" * 32, b"\x09" * 32
    backend = forged([(1, bomb, [small], [1000])])
    with reopen(backend).reader() as reader, pytest.raises(DamagedError):
        join(reader.read(Content(1000, 0, small)))
    with pytest.raises(StoreError):
        forged([(1, bomb, [absurd], [100_000_000])])


def test_a_tree_of_rubbish_is_refused() -> None:
    repository = reopen(copy())
    with repository.writer(note="test") as writer:
        page = writer._pages.save_page(b"not a page")
        entry = writer.apply(
            None, [(b"/a", b"\xc1 not an entry"), (b"/b", encode_entry(Entry("file", "b")))]
        )
        snapshot = writer.commit(SnapshotDraft(source="s", root=entry))
    with repository.reader() as reader:
        with pytest.raises(StoreError):
            list(reader.tree(page).scan())
        with pytest.raises(DamagedError, match="entry"):
            list(reader.tree(snapshot.root).scan())
        assert reader.tree(snapshot.root).get("/b") is not None
        with pytest.raises(DamagedError):
            list(reader.tree(PageId(b"\0" * 32)).scan())


def test_a_forged_epoch_is_named() -> None:
    backend = copy()
    key = object_keys(backend, "packs/")[0]
    data = bytearray(backend.get(key))
    data[12] = 9
    replace(backend, key, bytes(data))
    adoption = rebuild_index(reopen(backend))
    assert isinstance(adoption.damaged[0], NewerFormatError | DamagedError)


def test_reading_back_is_right_to_begin_with() -> None:
    repository = reopen(copy())
    for snapshot in repository.snapshots():
        assert read_back(repository, snapshot) in (FILES, OLDER)
