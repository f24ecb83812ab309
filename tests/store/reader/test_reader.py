import random

import pytest
from dropally.store import (
    Content,
    DamagedError,
    Entry,
    MemoryBackend,
    SnapshotDraft,
    encode_entry,
    path_key,
)
from dropally.store.backend import FaultyBackend
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


def contents_of(files: Files, backend: MemoryBackend) -> dict[str, Content]:
    repository = make(backend)
    with repository.writer(note="test") as writer:
        return {path: writer.add([data]) for path, data in files.items()}


def test_any_range_of_any_file() -> None:
    files = sample_files(1, count=10, largest=50_000)
    backend = MemoryBackend()
    contents = contents_of(files, backend)
    rng = random.Random(1)
    with reopen(backend).reader() as reader:
        for path, data in files.items():
            for _ in range(10):
                offset = rng.randint(0, len(data))
                length = rng.choice([None, 0, 1, rng.randint(0, 100_000)])
                end = None if length is None else offset + length
                assert join(reader.read(contents[path], offset, length)) == data[offset:end]


def test_a_range_of_a_large_file_reads_little() -> None:
    data = random.Random(2).randbytes(2_000_000)
    backend = MemoryBackend()
    contents = contents_of({"/large": data}, backend)
    counting = FaultyBackend(backend)
    repository = reopen(counting)
    counting.calls.clear()
    with repository.reader() as reader:
        assert join(reader.read(contents["/large"], 1_000_000, 100)) == data[1_000_000:1_000_100]
    assert len(counting.calls) <= 4  # the lists' pages and one blob


def test_many_files_read_each_pack_about_once() -> None:
    files = sample_files(3, count=300, largest=4000)
    backend = MemoryBackend()
    contents = contents_of(files, backend)
    counting = FaultyBackend(backend)
    repository = reopen(counting)
    shuffled = list(contents.items())
    random.Random(3).shuffle(shuffled)
    counting.calls.clear()
    with repository.reader() as reader:
        found = {path: join(pieces) for path, pieces in reader.read_many(shuffled)}
    assert found == files
    assert len(counting.calls) <= 3 * len(object_keys(backend, "packs/"))


def test_items_left_half_read_do_not_disturb_the_next() -> None:
    files = sample_files(4, count=20)
    backend = MemoryBackend()
    contents = contents_of(files, backend)
    with reopen(backend).reader(memory_limit=1) as reader:
        for number, (path, pieces) in enumerate(reader.read_many(contents.items())):
            if number % 3 == 0:
                next(pieces, None)
            elif number % 3 == 1:
                assert join(pieces) == files[path]


def test_a_damaged_item_fails_alone() -> None:
    files = sample_files(5, count=30)
    backend = MemoryBackend()
    contents = contents_of(files, backend)
    bad = Content(5, 0, b"?" * 32)
    items = [*contents.items(), ("/bad", bad)]
    failed = []
    with reopen(backend).reader() as reader:
        for path, pieces in reader.read_many(items):
            try:
                assert join(pieces) == files[path]
            except DamagedError:
                failed.append(path)
        with pytest.raises(DamagedError, match="no pack"):
            join(reader.read(bad))
    assert failed == ["/bad"]


def test_a_reader_sees_what_others_commit_after_it_was_opened(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("dropally.store.index.index.REFRESH_AFTER_S", 0.0)
    backend = MemoryBackend()
    make(backend)
    early = reopen(backend)
    files = sample_files(6)
    snapshot = back_up(reopen(backend), files)
    assert read_back(early, snapshot) == files


def test_trees_are_read_as_paths_and_entries() -> None:
    repository = make(MemoryBackend())
    folder = encode_entry(Entry("folder", "x"))
    names = ["/a", "/a b", "/a/1", "/a/2", "/a/2/deep", "/b"]
    with repository.writer(note="test") as writer:
        root = writer.apply(None, [(path_key(name), folder) for name in sorted(names)])
        newer_root = writer.apply(root, [(b"/a/1", None), (b"/c", folder)])
        writer.commit(SnapshotDraft(source="s", root=newer_root))
    with repository.reader() as reader:
        view, newer, empty = reader.tree(root), reader.tree(newer_root), reader.tree(None)
        assert [path for path, _ in view.scan()] == sorted(names)
        assert [path for path, _ in view.scan("/a")] == ["/a/1", "/a/2", "/a/2/deep"]
        assert [path for path, _ in view.children()] == ["/a", "/a b", "/b"]
        assert [path for path, _ in view.children("/a")] == ["/a/1", "/a/2"]
        assert view.get("/a/2") == Entry("folder", "x")
        assert view.get("/nowhere") is None
        changed = [(path, here is None, there is None) for path, here, there in view.diff(newer)]
        assert changed == [("/a/1", False, True), ("/c", True, False)]
        assert list(empty.scan()) == []
        assert len(list(empty.diff(view))) == len(names)


def test_reads_outside_a_content_are_refused() -> None:
    repository = make(MemoryBackend())
    with repository.reader() as reader, pytest.raises(ValueError, match="offset"):
        join(reader.read(Content(5), 6))


def test_a_content_of_one_chunk_that_lies_about_its_size_is_refused() -> None:
    backend = MemoryBackend()
    true = contents_of({"/file": b"twelve bytes"}, backend)["/file"]
    with reopen(backend).reader() as reader:
        for size in (11, 13):
            with pytest.raises(DamagedError, match="not as long"):
                join(reader.read(Content(size, 0, true.chunks)))
