"""Writing: few calls, right bytes, nothing overwritten that should not be."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

import pytest
from dropally.dropbox_api import ItemFailure, NamespaceClient, UploadItem
from tests.dropbox_api.team_of_three import Stage, hash_of

MOMENT = datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)


def item(path: str, data: bytes, **options: object) -> UploadItem:
    pieces: Callable[[], Iterable[bytes]] = lambda: iter([data[:7], data[7:]])  # noqa: E731
    return UploadItem(
        path=path,
        size_bytes=len(data),
        content_hash=hash_of(data),
        pieces=pieces,
        **options,  # type: ignore[arg-type]  # what each test varies
    )


def test_many_small_files_in_few_calls(stage: Stage, home: NamespaceClient) -> None:
    files = {f"/Back/file {n}.txt": b"content %d" % n for n in range(1200)}
    files["/Back/empty.txt"] = b""
    outcomes = list(home.upload_batch(item(path, data) for path, data in files.items()))
    assert all(outcome.entry for outcome in outcomes)
    calls = stage.metrics()["calls_by_route"]
    assert sum(n for route, n in calls.items() if route.startswith("files/upload")) == 7
    for path, data in files.items():
        assert stage.read(stage.people.ann.home_namespace, path.lower()) == data


def test_a_single_file_keeps_its_time(stage: Stage, home: NamespaceClient) -> None:
    entry = home.upload(item("/one.txt", b"one", client_modified=MOMENT))
    assert entry["client_modified"] == "2024-02-29T12:30:15Z"
    assert stage.read(stage.people.ann.home_namespace, "/one.txt") == b"one"


def test_a_large_file_goes_in_parts(
    stage: Stage, home: NamespaceClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dropally.dropbox_api.stage.PART_BYTES", 4 << 20)
    data = bytes(range(256)) * 4096 * 10 + b"tail"
    entry = home.upload(item("/large.bin", data, client_modified=MOMENT))
    assert entry["content_hash"] == hash_of(data)
    assert stage.read(stage.people.ann.home_namespace, "/large.bin") == data


@pytest.mark.parametrize("size", [1, 3])
def test_add_never_overwrites(stage: Stage, home: NamespaceClient, size: int) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/a.txt", b"theirs")
    others = [item(f"/b{n}.txt", b"b") for n in range(size - 1)]
    outcomes = {o.item.path: o for o in home.upload_batch([item("/a.txt", b"ours"), *others])}
    failure = outcomes["/a.txt"].failure
    assert failure is not None
    assert failure.reason == "conflict"
    assert stage.read(ann, "/a.txt") == b"theirs"
    assert all(outcomes[other.path].entry for other in others)


def test_autorename_takes_a_free_name(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/a.txt", b"theirs")
    entry = home.upload(item("/a.txt", b"ours", autorename=True))
    assert entry["name"] != "a.txt"
    assert stage.read(ann, "/a.txt") == b"theirs"
    assert stage.read(ann, entry["path_lower"]) == b"ours"


def test_update_replaces_only_the_revision_that_was_seen(
    stage: Stage, home: NamespaceClient
) -> None:
    ann = stage.people.ann.home_namespace
    seen = stage.put(ann, "/a.txt", b"first")
    home.upload(item("/a.txt", b"ours", mode="update", rev=seen))
    assert stage.read(ann, "/a.txt") == b"ours"
    with pytest.raises(ItemFailure):
        home.upload(item("/a.txt", b"again", mode="update", rev=seen))
    assert stage.read(ann, "/a.txt") == b"ours"


@pytest.mark.parametrize("count", [1, 4])
def test_bytes_that_are_not_the_announced_ones_are_not_written(
    stage: Stage, home: NamespaceClient, count: int
) -> None:
    wrong = UploadItem(
        path="/wrong.txt",
        size_bytes=5,
        content_hash=hash_of(b"right"),
        pieces=lambda: iter([b"wrong"]),
    )
    rest = [item(f"/fine{n}.txt", b"fine") for n in range(count - 1)]
    outcomes = list(home.upload_batch([wrong, *rest]))
    failures = [o.failure.reason for o in outcomes if o.failure]
    assert failures == ["mismatch"]
    assert stage.read(stage.people.ann.home_namespace, "/wrong.txt") is None
    assert len([o for o in outcomes if o.entry]) == count - 1


def test_folders_that_exist_are_fine(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    stage.make_folder(ann, "/There")
    stage.put(ann, "/file", b"in the way")
    made = home.create_folders(["/There", "/New", "/New/Deep", "/file"])
    assert [path for path, failure in made.items() if failure is None] == [
        "/There",
        "/New",
        "/New/Deep",
    ]
    failure = made["/file"]
    assert failure is not None
    assert failure.reason == "conflict"
    assert home.metadata("/new/deep")[".tag"] == "folder"


def test_an_old_revision_comes_back_without_its_bytes(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    old = stage.put(ann, "/a.txt", b"old")
    stage.put(ann, "/a.txt", b"new")
    entry = home.restore("/a.txt", old)
    assert entry["content_hash"] == hash_of(b"old")
    assert stage.read(ann, "/a.txt") == b"old"
    with pytest.raises(ItemFailure):
        home.restore("/a.txt", "fedcba9876543210")


def test_copy_and_delete(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/a.txt", b"text")
    home.copy("/a.txt", "/copies/a.txt", content_hash=hash_of(b"text"))
    assert stage.read(ann, "/copies/a.txt") == b"text"
    with pytest.raises(ItemFailure) as caught:
        home.copy("/a.txt", "/copies/a.txt", content_hash=hash_of(b"text"))
    assert caught.value.reason == "conflict"
    assert home.delete("/copies")
    assert not home.delete("/copies")
    assert stage.read(ann, "/copies/a.txt") is None


def test_names_dropbox_does_not_take_fail_alone(home: NamespaceClient) -> None:
    outcomes = {
        o.item.path: o
        for o in home.upload_batch(
            [item("/desktop.ini", b"x"), *(item(f"/ok{n}.txt", b"y") for n in range(3))]
        )
    }
    failure = outcomes["/desktop.ini"].failure
    assert failure is not None
    assert failure.reason == "bad_name"
    assert sum(1 for o in outcomes.values() if o.entry) == 3
