"""Writing through every fault: nothing lost, nothing doubled, nothing overwritten."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from dropally.dropbox_api import ItemFailure, NamespaceClient, QuotaUsedUpError, UploadItem
from tests.dropbox_api.team_of_three import Stage, everything, hash_of

LOST = {"action": "drop_connection", "args": {"when": "after"}}
FINISH = "files/upload_session/finish_batch_v2"


def item(path: str, data: bytes, *, autorename: bool = False) -> UploadItem:
    return UploadItem(
        path=path,
        size_bytes=len(data),
        content_hash=hash_of(data),
        pieces=lambda: iter([data]),
        autorename=autorename,
    )


def batch(count: int) -> list[UploadItem]:
    return [item(f"/up/{n}.txt", b"file %d" % n) for n in range(count)]


def files(home: NamespaceClient) -> list[str]:
    paths = [str(e["path_lower"]) for e in everything(home) if e[".tag"] == "file"]
    return sorted(paths)


@pytest.mark.parametrize(
    "route",
    [
        "files/upload",
        "files/upload_session/start_batch",
        "files/upload_session/append_batch",
        FINISH,
    ],
)
@pytest.mark.parametrize("count", [1, 5])
def test_lost_answers_leave_each_file_once(
    stage: Stage, home: NamespaceClient, route: str, count: int
) -> None:
    stage.disturb({**LOST, "route": route, "nth": 1})
    outcomes = list(home.upload_batch(batch(count)))
    assert all(outcome.entry for outcome in outcomes)
    assert files(home) == sorted(f"/up/{n}.txt" for n in range(count))


@pytest.mark.parametrize("route", ["files/upload", FINISH])
def test_lost_answers_with_autorename_leave_one_copy(
    stage: Stage, home: NamespaceClient, route: str
) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/up/0.txt", b"theirs")
    count = 1 if route == "files/upload" else 4
    stage.disturb({**LOST, "route": route, "nth": 1})
    items = [item(f"/up/{n}.txt", b"ours %d" % n, autorename=True) for n in range(count)]
    outcomes = list(home.upload_batch(items))
    assert all(outcome.entry for outcome in outcomes)
    assert len(files(home)) == count + 1
    assert stage.read(ann, "/up/0.txt") == b"theirs"


@pytest.mark.parametrize("nth", [1, 2, 3])
def test_lost_parts_of_a_large_file(
    stage: Stage, home: NamespaceClient, monkeypatch: pytest.MonkeyPatch, nth: int
) -> None:
    monkeypatch.setattr("dropally.dropbox_api.stage.PART_BYTES", 4 << 20)
    data = bytes(range(256)) * 4096 * 10 + b"tail"
    stage.disturb({**LOST, "route": "files/upload_session/append_v2", "nth": nth})
    assert home.upload(item("/large.bin", data))["content_hash"] == hash_of(data)
    assert stage.calls("files/upload_session/append_v2") == 4
    assert stage.read(stage.people.ann.home_namespace, "/large.bin") == data


@pytest.mark.parametrize("action", ["drop_connection", "server_error"])
def test_refused_commits_are_made_again(stage: Stage, home: NamespaceClient, action: str) -> None:
    stage.disturb({"action": action, "route": FINISH, "count": 2})
    outcomes = list(home.upload_batch(batch(5)))
    assert all(outcome.entry for outcome in outcomes)
    assert len(files(home)) == 5


def test_one_committer_a_namespace_is_never_refused(stage: Stage, home: NamespaceClient) -> None:
    stage.disturb({"action": "write_lock", "args": {"hold_s": 0.01}})

    def upload(n: int) -> bool:
        items = [item(f"/up/{n}-{m}.txt", b"%d %d" % (n, m)) for m in range(4)]
        return all(outcome.entry for outcome in home.upload_batch(items))

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(upload, range(4)))
    assert stage.metrics()["rate_limited"] == 0
    assert len(files(home)) == 16


def test_foreign_writers_are_waited_for(stage: Stage, home: NamespaceClient) -> None:
    busy = {"reason": "too_many_write_operations", "retry_after": 1}
    stage.disturb({"action": "rate_limit", "route": FINISH, "nth": 1, "args": busy})
    outcomes = list(home.upload_batch(batch(5)))
    assert all(outcome.entry for outcome in outcomes)


@pytest.mark.parametrize("count", [1, 5])
def test_f101_a_used_up_quota_ends_the_uploads(
    stage: Stage, home: NamespaceClient, count: int
) -> None:
    stage.disturb({"action": "quota_used_up", "route": "files/upload*"})
    with pytest.raises(QuotaUsedUpError, match="data transport") as caught:
        list(home.upload_batch(batch(count)))
    assert "next month" in caught.value.hint


def test_bytes_corrupted_on_the_way_are_sent_again(stage: Stage, home: NamespaceClient) -> None:
    refused = {"status": 409, "tags": ["content_hash_mismatch"]}
    stage.disturb({"action": "api_error", "route": "files/upload*", "nth": 2, "args": refused})
    outcomes = list(home.upload_batch(batch(5)))
    assert all(outcome.entry for outcome in outcomes)


def test_a_lost_copy_and_a_lost_deletion(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/a.txt", b"text")
    stage.disturb(
        {**LOST, "route": "files/copy_v2"}, {**LOST, "route": "files/delete_v2", "nth": 1}
    )
    entry = home.copy("/a.txt", "/b.txt", content_hash=hash_of(b"text"))
    assert entry["path_lower"] == "/b.txt"
    assert not home.delete("/b.txt")
    assert files(home) == ["/a.txt"]


def test_folders_and_revisions_survive_lost_answers(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    old = stage.put(ann, "/a.txt", b"old")
    stage.put(ann, "/a.txt", b"new")
    stage.disturb(
        {**LOST, "route": "files/create_folder_batch", "nth": 1},
        {**LOST, "route": "files/restore", "nth": 1},
    )
    assert home.create_folders(["/x", "/y"]) == {"/x": None, "/y": None}
    assert home.restore("/a.txt", old)["content_hash"] == hash_of(b"old")


def test_content_that_cannot_be_read_fails_its_file_only(home: NamespaceClient) -> None:
    def broken() -> list[bytes]:
        raise ItemFailure("mismatch", "the repository holds a damaged chunk")

    damaged = UploadItem(path="/bad", size_bytes=3, content_hash=hash_of(b"bad"), pieces=broken)
    outcomes = {o.item.path: o for o in home.upload_batch([damaged, *batch(4)])}
    failure = outcomes["/bad"].failure
    assert failure is not None
    assert "damaged chunk" in failure.detail
    assert sum(1 for o in outcomes.values() if o.entry) == 4


@pytest.mark.parametrize("count", [1, 4])
def test_what_was_written_may_be_visible_late(
    stage: Stage, home: NamespaceClient, count: int
) -> None:
    stage.disturb(
        {**LOST, "route": "files/upload", "nth": 1},
        {**LOST, "route": FINISH, "nth": 1},
        {"action": "invisible_after_write", "route": "files/*", "args": {"seconds": 0.8}},
    )
    outcomes = list(home.upload_batch(batch(count)))
    assert all(outcome.entry for outcome in outcomes)
    stage.disturb()
    assert files(home) == [f"/up/{n}.txt" for n in range(count)]


@pytest.mark.parametrize("count", [1, 4])
@pytest.mark.parametrize("tags", ["path/no_write_permission", "path/too_many_write_operations"])
def test_moments_in_which_a_folder_refuses_pass(
    stage: Stage, home: NamespaceClient, tags: str, count: int
) -> None:
    outer, inner = tags.split("/")
    error = {".tag": outer, "reason": {".tag": inner}}
    if count == 1:
        args = {"status": 409, "error": error}
        stage.disturb({"action": "api_error", "route": "files/upload", "nth": 1, "args": args})
    else:
        args = {"status": 409, "tags": ["too_many_write_operations"]}
        stage.disturb({"action": "api_error", "route": FINISH, "nth": 1, "args": args})
    assert all(outcome.entry for outcome in home.upload_batch(batch(count)))


def test_a_lasting_refusal_is_told(stage: Stage, home: NamespaceClient) -> None:
    error = {".tag": "path", "reason": {".tag": "no_write_permission"}}
    args = {"status": 409, "error": error}
    stage.disturb({"action": "api_error", "route": "files/upload", "args": args})
    with pytest.raises(ItemFailure) as caught:
        home.upload(item("/x.txt", b"x"))
    assert caught.value.reason == "no_permission"
    assert stage.calls("files/upload") == 2
