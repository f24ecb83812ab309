import random
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from dropally.store import (
    BytesLike,
    Content,
    Entry,
    Fingerprint,
    LocalBackend,
    MemoryBackend,
    PointDraft,
    SnapshotDraft,
    StoreError,
    StoreFullError,
    Writer,
    encode_entry,
    path_key,
    tree,
)
from dropally.store.backend import Call, Fault, FaultyBackend
from dropally.store.index import list_packs
from dropally.store.pack import read_directory
from dropally.store.writer import pulse
from tests.store.samples import (
    add_file,
    back_up,
    fingerprint_of,
    join,
    make,
    object_keys,
    pieces_of,
    read_back,
    reopen,
    sample_files,
)


def test_what_was_stored_reads_back(any_backend: LocalBackend | MemoryBackend) -> None:
    files = sample_files(1)
    repository = make(any_backend)
    snapshot = back_up(repository, files)
    repository.close()
    again = reopen(any_backend)
    assert again.latest("ns:1") == snapshot
    assert read_back(again, snapshot) == files
    again.close()


def test_nothing_is_stored_twice() -> None:
    files = sample_files(2)
    backend = MemoryBackend()
    repository = make(backend)
    with repository.writer(note="test") as writer:
        first = {path: writer.add(pieces_of(data)) for path, data in files.items()}
        size = writer.new_bytes
        again = {path: writer.add(pieces_of(data, 777)) for path, data in files.items()}
        assert again == first
        assert writer.new_bytes == size
    with reopen(backend).writer(note="test") as writer:
        for path, data in files.items():
            assert writer.add([data]) == first[path]
        assert writer.new_bytes == 0
        assert writer.stored_bytes == 0


def test_a_changed_snapshot_keeps_the_old_one() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    day1 = sample_files(3)
    first = back_up(repository, day1)
    day2 = {path: data for path, data in day1.items() if not path.startswith("/folder 1")}
    day2["/large"] = day2["/large"][:100_000] + b"edit" + day2["/large"][100_000:]
    size = sum(stat.size_bytes for stat in backend.list("packs/"))
    second = back_up(repository, day2)
    grown = sum(stat.size_bytes for stat in backend.list("packs/")) - size
    assert read_back(repository, first) == day1
    assert read_back(repository, second) == day2
    assert grown < 60_000
    assert (second.sequence, first.sequence) == (2, 1)
    assert second.previous != b""


def test_contents_are_found_by_fingerprint_once_durable() -> None:
    repository = make(MemoryBackend())
    data = random.Random(4).randbytes(50_000)
    with repository.writer(note="test") as writer:
        content = writer.add([data], fingerprint=fingerprint_of(data))
        writer.barrier()
        assert writer.find(fingerprint_of(data)) == content
        wanted = [fingerprint_of(b"no"), fingerprint_of(data)]
        assert writer.find_many(wanted) == [None, content]


def test_callbacks_come_once_and_only_when_all_is_on_the_backend() -> None:
    backend = MemoryBackend()
    told: list[Content] = []

    def check(content: Content) -> None:
        # Another process, looking at the packs only: everything must be there already.
        other = reopen(backend)
        with other.writer(note="other") as writer, other.reader() as reader:
            assert writer.find(fingerprints[content]) == content
            assert len(join(reader.read(content))) == content.size_bytes
        other.close()
        told.append(content)

    files = sample_files(5, count=25, largest=60_000)
    fingerprints: dict[Content, Fingerprint] = {}
    repository = make(backend)
    with repository.writer(note="test") as writer:
        for data in files.values():
            # The callback may come before `add` returns, so the content is computed first.
            fingerprints[writer.add(pieces_of(data))] = fingerprint_of(data)
        for data in files.values():
            writer.add(pieces_of(data), fingerprint=fingerprint_of(data), on_durable=check)
        writer.barrier()
        assert sorted(told, key=repr) == sorted(fingerprints, key=repr)


def test_an_error_in_the_source_passes_through_and_records_nothing() -> None:
    repository = make(MemoryBackend())
    data = random.Random(6).randbytes(50_000)

    def broken() -> Iterator[bytes]:
        yield data[:30_000]
        raise ConnectionResetError("the network went away")

    with repository.writer(note="test") as writer:
        with pytest.raises(ConnectionResetError):
            writer.add(broken(), fingerprint=fingerprint_of(data))
        writer.barrier()
        assert writer.find(fingerprint_of(data)) is None
        assert add_file(writer, data).size_bytes == len(data)


def test_fewer_bytes_than_announced_are_refused() -> None:
    repository = make(MemoryBackend())
    with repository.writer(note="test") as writer:
        with pytest.raises(StoreError, match="announced"):
            writer.add([b"short"], fingerprint=fingerprint_of(b"much longer"))
        writer.barrier()
        assert writer.find(fingerprint_of(b"much longer")) is None


def test_leaving_without_commit_leaves_packs_that_the_next_writer_uses() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    data = random.Random(7).randbytes(400_000)

    def interrupted() -> None:
        with repository.writer(note="test") as writer:
            writer.add([data], fingerprint=fingerprint_of(data))
            while not object_keys(backend, "packs/"):
                time.sleep(0.001)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(repository.snapshots()) == []
    with repository.writer(note="test") as writer:
        assert writer.adoption.adopted
        again = writer.add([data])
        assert writer.new_bytes < len(data)
        writer.barrier()
    with reopen(backend).reader() as reader:
        assert join(reader.read(again)) == data


def test_sessions_last_as_long_as_the_writer() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    with repository.writer(note="test"):
        assert len(object_keys(backend, "sessions/")) == 1
    assert object_keys(backend, "sessions/") == []


def test_threads_share_a_writer_and_store_nothing_twice() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    files = list(sample_files(8, count=60).values()) * 3
    random.Random(8).shuffle(files)
    with repository.writer(note="test", threads=3) as writer:
        with ThreadPoolExecutor(6) as pool:
            contents = list(pool.map(lambda data: writer.add(pieces_of(data)), files))
        writer.barrier()
        once = writer.new_bytes
    with reopen(backend).reader() as reader:
        for data, content in zip(files, contents, strict=True):
            assert join(reader.read(content)) == data
    ids = [chunk_id for pack in _directories(backend) for chunk_id in pack]
    assert len(ids) == len(set(ids))
    assert once <= 1.05 * sum(len(data) for data in set(files))


def _directories(backend: MemoryBackend) -> list[list[bytes]]:
    keyring = reopen(backend).keyring
    return [
        read_directory(backend, name, size, keyring)[1].ids() for name, size in list_packs(backend)
    ]


def test_one_huge_piece_does_not_wait_for_itself() -> None:
    repository = make(MemoryBackend())
    data = random.Random(9).randbytes(12_000_000)
    with repository.writer(note="test", memory_limit=16 << 20) as writer:
        writer.add([b"a small one first"])
        content = writer.add([data])
    with repository.reader() as reader:
        assert join(reader.read(content)) == data


@pytest.mark.parametrize("fault", [Fault.FULL, Fault.DENIED, Fault.UNAVAILABLE])
@pytest.mark.parametrize("prefix", ["packs/", "index/", "snapshots/", "sessions/"])
def test_failures_of_the_backend_surface_and_harm_nothing(fault: Fault, prefix: str) -> None:
    inner = MemoryBackend()
    files = sample_files(10)
    first = back_up(make(inner), files)

    def plan(call: Call) -> Fault | None:
        writing = call.operation in {"put_new", "swap"} and call.key.startswith(prefix)
        return fault if writing else None

    more = {**files, "/new": random.Random(11).randbytes(300_000)}
    with pytest.raises(StoreError) as caught:
        back_up(reopen(FaultyBackend(inner, plan)), more)
    assert (fault is Fault.FULL) == isinstance(caught.value, StoreFullError)
    repository = reopen(inner)
    assert [snapshot.id for snapshot in repository.snapshots()] == [first.id]
    assert read_back(repository, first) == files
    assert read_back(repository, back_up(repository, more)) == more


def test_a_lost_answer_to_a_put_is_no_failure() -> None:
    """The retry that follows a lost answer meets its own object."""

    class PutsTwice(MemoryBackend):
        def put_new(self, key: str, parts: object) -> None:
            super().put_new(key, parts)  # type: ignore[arg-type]  # passed on as it came
            if key.startswith(("packs/", "index/", "snapshots/", "points/")):
                super().put_new(key, parts)  # type: ignore[arg-type]  # passed on as it came

    backend = PutsTwice()
    files = sample_files(12)
    repository = make(backend)
    assert read_back(repository, back_up(repository, files)) == files


def test_every_caller_learns_of_a_failure() -> None:
    def plan(call: Call) -> Fault | None:
        storing = call.operation == "put_new" and call.key.startswith("packs/")
        return Fault.FULL if storing else None

    inner = MemoryBackend()
    make(inner)
    repository = reopen(FaultyBackend(inner, plan))
    failures: list[BaseException] = []

    def add_until_it_fails(writer: Writer, seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(1000):
                writer.add([rng.randbytes(50_000)])
        except StoreFullError as error:
            failures.append(error)

    def add_from_threads() -> None:
        with repository.writer(note="test") as writer, ThreadPoolExecutor(4) as pool:
            list(pool.map(add_until_it_fails, [writer] * 4, range(4)))

    with pytest.raises(StoreFullError):
        add_from_threads()
    assert len(failures) == 4


def test_an_error_in_a_callback_fails_the_writer() -> None:
    repository = make(MemoryBackend())

    def refuse(content: Content) -> None:
        raise ZeroDivisionError

    def store() -> None:
        with repository.writer(note="test") as writer:
            writer.add([b"x"], on_durable=refuse)

    with pytest.raises(ZeroDivisionError):
        store()


def test_what_waits_is_flushed_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pulse, "FLUSH_S", 0.02)
    monkeypatch.setattr(pulse, "REFRESH_S", 0.0)
    backend = MemoryBackend()
    durable = threading.Event()
    with make(backend).writer(note="test") as writer:
        writer.add([b"x"], on_durable=lambda _: durable.set())
        assert durable.wait(60)
        assert len(object_keys(backend, "packs/")) == 1


def test_trees_grow_over_several_applications_in_one_session() -> None:
    repository = make(MemoryBackend())
    with repository.writer(note="test") as writer:
        root = None
        for batch in range(5):
            names = [f"/{number % 7}/{batch}-{number:05d}" for number in range(3000)]
            entry = encode_entry(Entry("folder", "x"))
            root = writer.apply(root, [(path_key(name), entry) for name in sorted(names)])
        snapshot = writer.commit(SnapshotDraft(source="s", root=root))
    with repository.reader() as reader:
        assert sum(1 for _ in reader.tree(snapshot.root).scan()) == 15_000


def test_many_snapshots_commit_together() -> None:
    backend = MemoryBackend()
    repository = make(backend)
    with repository.writer(note="test") as writer:
        drafts = []
        for number in range(20):
            content = writer.add([b"bytes of %d" % number])
            entry = encode_entry(Entry("file", "a", content=content))
            root = writer.apply(None, [(b"/a", entry)])
            drafts.append(SnapshotDraft(source=f"ns:{number}", root=root))
        snapshots = writer.commit_all(drafts)
        writer.commit_point(
            PointDraft(group="task", snapshots={one.source: one.id for one in snapshots})
        )
    assert len(object_keys(backend, "packs/")) <= 3
    point = repository.latest_point("task")
    assert point is not None
    assert dict(repository.point_snapshots(point)) == {one.source: one.id for one in snapshots}


def test_limits_that_cannot_work_are_refused() -> None:
    repository = make(MemoryBackend())
    with pytest.raises(ValueError, match="16 MiB"):
        repository.writer(note="test", memory_limit=1)
    with pytest.raises(ValueError, match="one thread"):
        repository.writer(note="test", threads=0)


def test_a_source_may_itself_add_to_the_writer() -> None:
    repository = make(MemoryBackend())
    inner_data, outer_data = random.Random(1).randbytes(30_000), random.Random(2).randbytes(30_000)
    inner: list[Content] = []

    def nested() -> Iterator[bytes]:
        yield outer_data[:10_000]
        inner.append(writer.add([inner_data]))
        yield outer_data[10_000:]

    with repository.writer(note="test") as writer:
        outer = writer.add(nested())
    with repository.reader() as reader:
        assert join(reader.read(outer)) == outer_data
        assert join(reader.read(inner[0])) == inner_data


def test_huge_values_in_a_tree_find_room() -> None:
    repository = make(MemoryBackend())
    noise = random.Random(1)
    changes = [(b"/%d" % number, noise.randbytes(900_000)) for number in range(6)]
    with repository.writer(note="test", memory_limit=16 << 20) as writer:
        snapshot = writer.commit(SnapshotDraft(source="s", root=writer.apply(None, changes)))
    assert list(tree.scan(repository.metadata, snapshot.root)) == changes


def test_stopping_does_not_wait_for_what_is_queued() -> None:
    class Slow(MemoryBackend):
        def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
            if key.startswith("packs/"):
                started.set()
                while not writers[0]._flow.failed:  # until the writer is told to stop
                    time.sleep(0.005)
            super().put_new(key, parts)

    started = threading.Event()
    writers: list[Writer] = []
    repository = make(Slow())

    def interrupted() -> None:
        with repository.writer(note="test") as writer:
            writers.append(writer)
            writer.add([random.Random(1).randbytes(2_000_000)])  # some eight packs
            assert started.wait(60)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert len(object_keys(repository.backend, "packs/")) == 1, "only what was being put"
