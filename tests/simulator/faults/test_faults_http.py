"""Every fault reaches a client the way it is described, and only when its rule says so."""

import hashlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import dropbox
import pytest
import requests
from dropally.simulator.control.local import Control
from dropally.simulator.faults.metrics import GRACE_S
from dropbox.exceptions import ApiError, AuthError, BadInputError, HttpError, RateLimitError
from dropbox.files import FileMetadata, WriteMode
from tests.simulator.office import Office
from tests.simulator.sdk import loopback_session, user_client

CONTENT = bytes(range(256)) * 40
ANN = "ann@acme.example"
NEVER_S = 600.0
"""Kept back until the test changes the rules."""


@pytest.fixture
def control(office: Office) -> Control:
    return office.simulator.control


@pytest.fixture
def uploaded(ann: Any) -> FileMetadata:
    return ann.files_upload(CONTENT, "/file.bin")


def fault(action: str, route: str = "*", **rule: Any) -> dict[str, Any]:
    """A rule; keywords that are no fields of a rule are settings of the action."""
    fields = ("identity", "namespace", "nth", "every", "count", "probability", "seed")
    own = {name: rule.pop(name) for name in fields if name in rule}
    return {"action": action, "route": route, **own, "args": rule}


@pytest.mark.parametrize("shape", ["json", "json_header_only", "text", "text_header"])
def test_rate_limit_in_every_shape(control: Control, ann: Any, shape: str) -> None:
    control.set_faults(fault("rate_limit", retry_after=7, shape=shape, count=1))
    with pytest.raises(RateLimitError) as caught:
        ann.files_list_folder("")
    body_has_it = shape == "json"
    assert (caught.value.backoff == 7) == (shape in ("json", "text_header")) or not body_has_it
    control.advance_clock(7)
    ann.files_list_folder("")
    assert control.metrics()["calls_while_told_to_wait"] == 0
    assert control.metrics()["rate_limited"] == 1


def test_impolite_calls_are_counted(control: Control, office: Office, ann: Any) -> None:
    control.set_faults(fault("rate_limit", retry_after=300, count=1))
    with pytest.raises(RateLimitError):
        ann.files_list_folder("")
    control.advance_clock(10)
    ann.files_list_folder("")
    control.advance_clock(300)
    ann.files_list_folder("")
    metrics = control.metrics()
    assert metrics["calls_while_told_to_wait_by_identity"] == {office.people.ann.member_id: 1}


def test_a_wait_counts_from_the_moment_its_answer_left(
    control: Control, office: Office, ann: Any
) -> None:
    control.set_faults(
        fault("delay", seconds=NEVER_S, count=1), fault("rate_limit", retry_after=300, count=1)
    )
    with loopback_session(office.simulator.http_url) as session:
        other = user_client(session, office.mint_for(office.people.ann).access_token)
        refused: list[bool] = []

        def call() -> None:
            with pytest.raises(RateLimitError):
                other.files_list_folder("")
            refused.append(True)

        first = threading.Thread(target=call)
        first.start()
        wait_for(lambda: control.metrics()["calls"] == 1)
        control.advance_clock(GRACE_S + 0.1)
        ann.files_list_folder("")  # nobody has been told yet
        assert control.metrics()["calls_while_told_to_wait"] == 0
        control.clear_faults()
        first.join()
    assert refused
    control.advance_clock(10)
    ann.files_list_folder("")
    assert control.metrics()["calls_while_told_to_wait"] == 1


@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_a_request_that_comes_before_a_slow_answer_has_ended_is_answered_next(
    control: Control, office: Office, uploaded: FileMetadata, after_s: float
) -> None:
    control.reset_metrics()
    control.set_faults(
        fault("slow_body", bytes_per_s=len(CONTENT) * 2, count=1),
        fault("rate_limit", retry_after=300, nth=2),
    )
    token = office.mint_for(office.people.ann).access_token
    request = (
        "POST /2/files/download HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n"
        f'Authorization: Bearer {token}\r\nDropbox-API-Arg: {{"path": "/file.bin"}}\r\n\r\n'
    ).encode()
    port = int(office.simulator.http_url.rpartition(":")[2])
    came = b""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        line.sendall(request)
        wait_for(lambda: control.metrics()["calls"] == 1)
        time.sleep(after_s)
        line.sendall(request)
        while b"too_many_requests" not in came:
            part = line.recv(65536)
            assert part, "the line was cut"
            came += part
    first, _, second = came.partition(CONTENT)
    assert first.startswith(b"HTTP/1.1 200")
    assert second.startswith(b"HTTP/1.1 429")
    assert control.metrics()["calls"] == 2


@pytest.mark.parametrize("change", ["clear_faults", "set_faults"])
def test_an_answer_kept_back_leaves_when_the_rules_change(
    control: Control, ann: Any, change: str
) -> None:
    control.set_faults(fault("delay", "check/user", seconds=NEVER_S))
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(ann.check_user("here").result))
    waiting.start()
    wait_for(lambda: control.metrics()["calls"] == 1)
    assert answers == []
    getattr(control, change)()
    waiting.join()
    assert answers == ["here"]


def test_token_bucket_with_its_penalty(control: Control, ann: Any) -> None:
    control.set_faults(fault("token_bucket", calls_per_s=0.001, burst=2, penalty_s=300))
    ann.check_user("1")
    ann.check_user("2")
    with pytest.raises(RateLimitError) as caught:
        ann.check_user("3")
    assert caught.value.backoff == 300
    control.advance_clock(301)
    with pytest.raises(RateLimitError):  # 0.3 of a call have come back, not a whole one
        ann.check_user("4")
    control.advance_clock(2000)
    ann.check_user("5")


def test_overlapping_commits_are_refused(control: Control, office: Office) -> None:
    control.set_faults(fault("write_lock", hold_s=NEVER_S))
    outcomes: list[str] = []

    def upload(name: str) -> None:
        with loopback_session(office.simulator.http_url) as session:
            client = user_client(session, office.mint_for(office.people.ann).access_token)
            try:
                client.files_upload(b"x", name)
                outcomes.append("written")
            except RateLimitError as error:
                outcomes.append(error.error.reason._tag)

    threads = [threading.Thread(target=upload, args=(f"/{n}.txt",)) for n in range(3)]
    for thread in threads:
        thread.start()
    wait_for(lambda: len(outcomes) == 2)
    control.clear_faults()
    for thread in threads:
        thread.join()
    assert outcomes == ["too_many_write_operations"] * 2 + ["written"]


def test_commits_that_come_back_too_early_are_counted(
    control: Control, office: Office, ann: Any
) -> None:
    control.set_faults(fault("write_lock", hold_s=NEVER_S, retry_after=60))
    with loopback_session(office.simulator.http_url) as session:
        other = user_client(session, office.mint_for(office.people.ann).access_token)
        first = threading.Thread(target=other.files_upload, args=(b"1", "/1.txt"))
        first.start()
        wait_for(lambda: "files/upload" in control.metrics()["calls_by_route"])
        with pytest.raises(RateLimitError):
            ann.files_upload(b"2", "/2.txt")
        control.set_faults(fault("write_lock", hold_s=0.01, retry_after=60))
        first.join()
    control.advance_clock(10)
    ann.files_list_folder("")
    assert control.metrics()["calls_while_told_to_wait"] == 0
    ann.files_upload(b"2", "/2.txt")
    assert control.metrics()["calls_while_told_to_wait"] == 1
    control.advance_clock(60)
    ann.files_upload(b"3", "/3.txt")
    assert control.metrics()["calls_while_told_to_wait"] == 1


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_server_errors_are_html(control: Control, office: Office, ann: Any) -> None:
    control.set_faults(fault("server_error", status=502, count=1))
    with pytest.raises(HttpError) as caught:
        ann.files_list_folder("")
    assert "<html>" in caught.value.body


@pytest.mark.parametrize(
    ("action", "settings", "kind", "said"),
    [
        ("cursor_reset", {}, ApiError, "reset"),
        ("path_not_found", {}, ApiError, "not_found"),
        # The SDK reads a 403 as an error of the route, in which these tags are unknown.
        ("api_error", {"status": 403, "tags": ["no_permission"]}, ApiError, "other"),
        ("quota_used_up", {}, ApiError, "data transport calls"),
        ("no_permission", {}, HttpError, "no_permission"),
        ("invalid_root", {}, HttpError, "invalid_root"),
        ("expired_token", {}, AuthError, "expired_access_token"),
    ],
)
def test_named_refusals(
    control: Control, ann: Any, action: str, settings: dict[str, Any], kind: type, said: str
) -> None:
    cursor = ann.files_list_folder("").cursor
    control.set_faults(fault(action, "files/list_folder/continue", **settings))
    with pytest.raises(kind) as caught:
        ann.files_list_folder_continue(cursor)
    message = getattr(caught.value, "user_message_text", "")
    assert said in f"{caught.value!r} {message}"


def test_a_lost_answer_has_had_its_effect(control: Control, ann: Any) -> None:
    control.set_faults(fault("drop_connection", "files/upload", when="after", count=1))
    with pytest.raises(requests.ConnectionError):
        ann.files_upload(b"one", "/lost.txt")
    assert ann.files_get_metadata("/lost.txt").size == 3


def test_a_lost_request_has_had_none(control: Control, ann: Any) -> None:
    control.set_faults(fault("drop_connection", "files/upload", when="before", count=1))
    with pytest.raises(requests.ConnectionError):
        ann.files_upload(b"one", "/lost.txt")
    with pytest.raises(ApiError):
        ann.files_get_metadata("/lost.txt")


def download(ann: Any, uploaded: FileMetadata) -> tuple[FileMetadata, bytes]:
    metadata, response = ann.files_download(f"rev:{uploaded.rev}")
    with response:
        return metadata, response.content


def test_a_cut_body_with_its_length_is_noticed(
    control: Control, ann: Any, uploaded: FileMetadata
) -> None:
    control.set_faults(fault("cut_body", "files/download", at=1000))
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        download(ann, uploaded)


def test_a_cut_body_without_length_looks_whole(
    control: Control, ann: Any, uploaded: FileMetadata
) -> None:
    control.set_faults(fault("cut_body", "files/download", at=1000, keep_length=False))
    assert download(ann, uploaded)[1] == CONTENT[:1000]


def test_wrong_bytes_under_the_right_hash(
    control: Control, ann: Any, uploaded: FileMetadata
) -> None:
    control.set_faults(fault("wrong_bytes", "files/download", at=5))
    metadata, body = download(ann, uploaded)
    assert metadata.content_hash == uploaded.content_hash
    assert body == CONTENT[:5] + bytes([CONTENT[5] ^ 0xFF]) + CONTENT[6:]


def test_wrong_bytes_in_a_long_stream(control: Control, ann: Any) -> None:
    control.edit(
        {"op": "put", "member": ANN, "path": "/big", "generated": {"seed": "b", "size": 3_000_000}}
    )
    entry = ann.files_get_metadata("/big")
    right = download(ann, entry)[1]
    control.set_faults(fault("wrong_bytes", "files/download", at=2_500_000))
    wrong = download(ann, entry)[1]
    assert [at for at in range(len(right)) if right[at] != wrong[at]] == [2_500_000]


def test_wrong_hash_and_size(control: Control, ann: Any, uploaded: FileMetadata) -> None:
    control.set_faults(fault("wrong_hash", "files/download"), fault("wrong_size", by=-7))
    metadata, body = download(ann, uploaded)
    assert body == CONTENT
    assert (metadata.content_hash, metadata.size) == ("0" * 64, len(CONTENT) - 7)


@pytest.mark.parametrize("size", [10_000, 3_000_000])
def test_a_compressed_body_unpacks(control: Control, ann: Any, size: int) -> None:
    control.edit(
        {"op": "put", "member": ANN, "path": "/z", "generated": {"seed": "z", "size": size}}
    )
    entry = ann.files_get_metadata("/z")
    control.set_faults(fault("gzip_body", "files/download"))
    _, body = download(ann, entry)
    digests = (body[at : at + 4 * 2**20] for at in range(0, size, 4 * 2**20))
    joined = b"".join(hashlib.sha256(block).digest() for block in digests)
    assert hashlib.sha256(joined).hexdigest() == entry.content_hash


def test_a_slow_body_takes_its_time(control: Control, ann: Any, uploaded: FileMetadata) -> None:
    control.set_faults(fault("slow_body", "files/download", bytes_per_s=40_000))
    assert download(ann, uploaded)[1] == CONTENT


def test_empty_and_doubled_pages(control: Control, ann: Any, uploaded: FileMetadata) -> None:
    cursor = ann.files_list_folder_get_latest_cursor("").cursor
    ann.files_upload(b"new", "/new.txt")
    control.set_faults(
        fault("empty_page", "files/list_folder/continue", nth=1),
        fault("duplicate_entries", "files/list_folder/continue"),
    )
    empty = ann.files_list_folder_continue(cursor)
    assert (empty.entries, empty.has_more) == ([], True)
    page = ann.files_list_folder_continue(empty.cursor)
    assert [entry.name for entry in page.entries] == ["new.txt", "new.txt"]


def test_children_before_their_parents(control: Control, ann: Any) -> None:
    ann.files_upload(b"x", "/a/b/c.txt")
    control.set_faults(fault("children_first", "files/list_folder"))
    names = [entry.name for entry in ann.files_list_folder("", recursive=True).entries]
    assert names == ["c.txt", "b", "a"]


def test_what_was_written_is_not_found_at_first(control: Control, ann: Any) -> None:
    control.set_faults(fault("invisible_after_write", "files/*", seconds=30))
    ann.files_upload(b"x", "/Fresh.txt")
    with pytest.raises(ApiError):
        ann.files_get_metadata("/fresh.txt")
    with pytest.raises(ApiError):
        ann.files_move_v2("/fresh.txt", "/moved.txt")
    control.advance_clock(31)
    assert ann.files_move_v2("/fresh.txt", "/moved.txt").metadata.name == "moved.txt"


def test_restricted_by_hash(control: Control, ann: Any, uploaded: FileMetadata) -> None:
    control.set_faults(fault("restricted_hashes", hashes=[uploaded.content_hash]))
    with pytest.raises(ApiError, match="restricted_content"):
        download(ann, uploaded)
    control.clear_faults()
    control.edit({"op": "restrict", "content_hash": uploaded.content_hash})
    with pytest.raises(ApiError, match="restricted_content"):
        download(ann, uploaded)


def test_an_edit_in_the_middle_of_a_listing(control: Control, ann: Any) -> None:
    for name in ("a", "b", "c"):
        ann.files_upload(b"x", f"/{name}.txt")
    late = {"op": "put", "member": ANN, "path": "/late.txt", "text": "late"}
    control.set_faults(fault("edit", "files/list_folder/continue", nth=1, ops=[late]))
    page = ann.files_list_folder("", limit=1)
    names = [entry.name for entry in page.entries]
    while page.has_more:
        page = ann.files_list_folder_continue(page.cursor)
        names += [entry.name for entry in page.entries]
    assert sorted(set(names)) == ["a.txt", "b.txt", "c.txt", "late.txt"]


def test_suspending_a_member_in_the_middle(control: Control, ann: Any) -> None:
    ops = [{"op": "set_status", "member": ANN, "status": "suspended"}]
    control.set_faults(fault("edit", "files/get_metadata", nth=1, ops=ops))
    ann.files_upload(b"x", "/a.txt")
    ann.files_get_metadata("/a.txt")
    with pytest.raises(AuthError, match="user_suspended"):
        ann.files_get_metadata("/a.txt")


def test_rules_by_namespace(control: Control, office: Office, ann: Any) -> None:
    sales = office.people.sales.ns_id
    control.set_faults(fault("path_not_found", namespace=sales))
    ann.files_list_folder("")
    with pytest.raises(ApiError):
        ann.files_list_folder(f"ns:{sales}")


def test_concurrency_is_measured(control: Control, office: Office) -> None:
    control.set_faults(fault("delay", "check/user", seconds=NEVER_S))
    control.reset_metrics()
    clients = [office.as_person(office.people.ann) for _ in range(4)]
    threads = [threading.Thread(target=client.check_user, args=("x",)) for client in clients]
    for thread in threads:
        thread.start()
    wait_for(lambda: control.metrics()["running"] == 4)
    control.clear_faults()
    for thread in threads:
        thread.join()
    assert control.metrics()["max_concurrency"] == 4


def test_refused_calls_are_counted_too(control: Control, office: Office) -> None:
    control.reset_metrics()
    with pytest.raises(AuthError):
        user_client(office.session, "wrong").files_list_folder("")
    metrics = control.metrics()
    assert metrics["answers_by_status"]["401"] >= 1
    assert "refused" in metrics["calls_by_identity"]


def test_writing_modes_survive_the_write_lock(control: Control, ann: Any) -> None:
    control.set_faults(fault("write_lock", hold_s=0.01))
    first = ann.files_upload(b"1", "/v.txt")
    second = ann.files_upload(b"2", "/v.txt", mode=WriteMode.update(first.rev))
    assert second.id == first.id
    with pytest.raises((ApiError, BadInputError)):
        ann.files_upload(b"3", "/v.txt", mode=WriteMode.update(first.rev))


def test_the_sdk_obeys_a_body_that_names_the_wait(control: Control, office: Office) -> None:
    control.set_faults(fault("rate_limit", retry_after=1, count=1))
    token = office.mint_for(office.people.ann).access_token
    patient = dropbox.Dropbox(token, session=office.session, max_retries_on_rate_limit=2)
    patient.check_user("x")
    assert control.metrics()["calls_while_told_to_wait"] == 0
