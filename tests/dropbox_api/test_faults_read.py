"""Reading through every fault: right bytes, polite waits, per-item failures."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from dropally.common.clock import ManualClock, SystemClock
from dropally.common.errors import CancelledError, DeniedError, TryLaterError
from dropally.dropbox_api import (
    Credentials,
    CursorResetError,
    ItemFailure,
    NamespaceClient,
    Roster,
    TeamConnection,
    TooManyRetriesError,
    open_team,
)
from tests.dropbox_api.team_of_three import (
    NEVER_S,
    Stage,
    StageClock,
    everything,
    hash_of,
    open_home,
    until,
)

BIG = bytes(range(256)) * 4096 * 5 + b"the end"
DOWNLOAD = "files/download"


def fetch(home: NamespaceClient, rev: str, data: bytes) -> bytes:
    return b"".join(home.download(rev, len(data), hash_of(data)))


@pytest.fixture
def big_rev(stage: Stage, home: NamespaceClient) -> str:
    return stage.put(stage.people.ann.home_namespace, "/big.bin", BIG)


@pytest.fixture
def small_rev(stage: Stage, home: NamespaceClient) -> str:
    return stage.put(stage.people.ann.home_namespace, "/small.txt", b"small")


@pytest.mark.parametrize("shape", ["json", "json_header_only", "text", "text_header"])
def test_waits_in_every_shape_are_obeyed(
    stage: Stage, roster: Roster, small_rev: str, shape: str
) -> None:
    rule = {"action": "rate_limit", "route": DOWNLOAD, "nth": 1}
    stage.disturb({**rule, "args": {"shape": shape, "retry_after": 20}})
    assert (1 if shape == "text" else 20) < waited_s(stage, roster, small_rev) < 25
    assert stage.calls(DOWNLOAD) == 2


def test_a_503_with_retry_after_is_a_wait(stage: Stage, roster: Roster, small_rev: str) -> None:
    rule = {"action": "server_error", "route": DOWNLOAD, "nth": 1}
    stage.disturb({**rule, "args": {"status": 503, "retry_after": 20}})
    assert 20 < waited_s(stage, roster, small_rev) < 25


def waited_s(stage: Stage, roster: Roster, small_rev: str) -> float:
    """Fetch the small file; how long that took by the clock of the connection."""
    clock = StageClock(stage.simulator)
    with stage.connect(clock=clock) as connection:
        home = open_home(connection, roster, stage.people.ann)
        assert fetch(home, small_rev, b"small") == b"small"
    return clock.monotonic()


def test_16_threads_stop_when_one_is_told_to_wait(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    rule = {"action": "rate_limit", "route": DOWNLOAD}
    stage.disturb(*({**rule, "nth": nth, "args": {"retry_after": 1}} for nth in (100, 250)))
    with ThreadPoolExecutor(16) as pool:
        results = list(pool.map(lambda _: fetch(home, small_rev, b"small"), range(400)))
    assert results == [b"small"] * 400
    metrics = stage.metrics()
    assert metrics["rate_limited"] >= 2
    assert metrics["calls_while_told_to_wait"] == 0


def test_a_real_limit_is_found_and_kept(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    limit = {"calls_per_s": 20, "burst": 20, "penalty_s": 1}
    stage.disturb({"action": "token_bucket", "args": limit})
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: fetch(home, small_rev, b"small"), range(100)))
    metrics = stage.metrics()
    assert metrics["calls_while_told_to_wait"] == 0
    assert metrics["calls_by_route"][DOWNLOAD] < 160


@pytest.mark.parametrize("status", [500, 502, 503, 404, 460])
def test_passing_server_errors_are_repeated(
    stage: Stage, home: NamespaceClient, small_rev: str, status: int
) -> None:
    rule = {"action": "server_error", "route": DOWNLOAD, "count": 3}
    stage.disturb({**rule, "args": {"status": status}})
    assert fetch(home, small_rev, b"small") == b"small"
    assert stage.calls(DOWNLOAD) == 4


def test_lasting_server_errors_fail_the_item_only(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    stage.disturb({"action": "server_error", "route": DOWNLOAD, "args": {"status": 500}})
    with pytest.raises(ItemFailure) as caught:
        fetch(home, small_rev, b"small")
    assert caught.value.reason == "too_many_retries"
    assert caught.value.retryable


@pytest.mark.parametrize("when", ["before", "after"])
def test_lost_connections_are_repeated(
    stage: Stage, home: NamespaceClient, small_rev: str, when: str
) -> None:
    stage.disturb({"action": "drop_connection", "count": 2, "args": {"when": when}})
    assert fetch(home, small_rev, b"small") == b"small"
    assert len(everything(home)) == 1


@pytest.mark.parametrize("keep_length", [True, False])
@pytest.mark.parametrize("at", [0, 1, 1_500_000])
def test_cut_bodies_go_on_where_they_broke(
    stage: Stage, home: NamespaceClient, big_rev: str, at: int, keep_length: bool
) -> None:
    rule = {"action": "cut_body", "route": DOWNLOAD, "count": 2}
    stage.disturb({**rule, "args": {"at": at, "keep_length": keep_length}})
    assert fetch(home, big_rev, BIG) == BIG
    assert stage.calls(DOWNLOAD) == 3
    if at > 1:
        assert stage.metrics()["bytes_out"] < 2 * len(BIG)


@pytest.mark.parametrize("keep_length", [True, False])
def test_a_cut_small_file(
    stage: Stage, home: NamespaceClient, small_rev: str, keep_length: bool
) -> None:
    rule = {"action": "cut_body", "route": DOWNLOAD, "nth": 1}
    stage.disturb({**rule, "args": {"at": 2, "keep_length": keep_length}})
    assert fetch(home, small_rev, b"small") == b"small"


def test_wrong_bytes_of_a_small_file_are_fetched_anew(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    stage.disturb({"action": "wrong_bytes", "route": DOWNLOAD, "count": 2})
    assert fetch(home, small_rev, b"small") == b"small"
    stage.disturb({"action": "wrong_bytes", "route": DOWNLOAD})
    with pytest.raises(ItemFailure) as caught:
        fetch(home, small_rev, b"small")
    assert caught.value.reason == "mismatch"


def test_wrong_bytes_of_a_large_file_are_never_taken_for_good(
    stage: Stage, home: NamespaceClient, big_rev: str
) -> None:
    stage.disturb({"action": "wrong_bytes", "route": DOWNLOAD, "nth": 1, "args": {"at": 4_000_000}})
    with pytest.raises(ItemFailure) as caught:
        fetch(home, big_rev, BIG)
    assert caught.value.reason == "mismatch"
    assert caught.value.retryable
    assert fetch(home, big_rev, BIG) == BIG


@pytest.mark.parametrize("action", ["wrong_hash", "wrong_size"])
def test_announcements_that_differ_from_the_listing(
    stage: Stage, home: NamespaceClient, big_rev: str, action: str
) -> None:
    stage.disturb({"action": action, "route": DOWNLOAD, "nth": 1})
    assert fetch(home, big_rev, BIG) == BIG
    stage.disturb({"action": action, "route": DOWNLOAD})
    with pytest.raises(ItemFailure) as caught:
        fetch(home, big_rev, BIG)
    assert caught.value.reason == "mismatch"


def test_bodies_that_a_proxy_compressed(stage: Stage, home: NamespaceClient, big_rev: str) -> None:
    stage.disturb({"action": "gzip_body", "route": DOWNLOAD})
    assert fetch(home, big_rev, BIG) == BIG


class TimePasses:
    """A limit of the line that limits nothing: two minutes pass while the third part comes."""

    def __init__(self, clock: ManualClock) -> None:
        self._clock = clock
        self._parts = 0

    def send(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        pass

    def receive(self, size_bytes: int, wait: Callable[[float], bool] | None = None) -> None:
        self._parts += 1
        if self._parts == 3:
            self._clock.advance(121)


def test_a_body_that_hardly_moves_is_asked_for_anew(stage: Stage, roster: Roster) -> None:
    rev = stage.put(stage.people.ann.home_namespace, "/slow.bin", BIG)
    clock = StageClock(stage.simulator)
    settings = msgspec.structs.replace(stage.settings, line_limit=TimePasses(clock))
    rule = {"action": "slow_body", "route": DOWNLOAD, "nth": 1}
    stage.disturb({**rule, "args": {"bytes_per_s": 2000}})
    with open_team(stage.credentials, settings, clock=clock) as connection:
        home = open_home(connection, roster, stage.people.ann)
        assert fetch(home, rev, BIG) == BIG
    assert stage.calls(DOWNLOAD) == 2


def test_restricted_content_is_one_items_failure(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    stage.disturb({"action": "restricted_content", "route": DOWNLOAD})
    with pytest.raises(ItemFailure) as caught:
        fetch(home, small_rev, b"small")
    assert caught.value.reason == "restricted_content"
    assert "owner" in caught.value.hint
    assert stage.calls(DOWNLOAD) == 1


def test_another_name_is_asked_when_one_may_not_read(
    stage: Stage, connection: TeamConnection, roster: Roster
) -> None:
    rev = stage.put(stage.people.ben.home_namespace, "/b.txt", b"bens")
    bens = open_home(connection, roster, stage.people.ben)
    ben = stage.people.ben.member_id
    stage.disturb({"action": "no_permission", "identity": ben})
    assert fetch(bens, rev, b"bens") == b"bens"
    assert len(everything(bens)) == 1


def test_a_suspension_during_the_run_ends_the_cursor(
    stage: Stage, connection: TeamConnection, roster: Roster
) -> None:
    bens = open_home(connection, roster, stage.people.ben)
    cursor = list(bens.list())[-1].cursor
    suspended = {"status": 401, "tags": ["user_suspended"]}
    stage.disturb(
        {"action": "api_error", "identity": stage.people.ben.member_id, "args": suspended}
    )
    with pytest.raises(CursorResetError):
        list(bens.list(cursor))
    assert list(bens.list())[-1].has_more is False


def test_a_reset_is_told(stage: Stage, home: NamespaceClient) -> None:
    cursor = list(home.list())[-1].cursor
    stage.disturb({"action": "cursor_reset", "route": "files/list_folder/continue"})
    with pytest.raises(CursorResetError):
        list(home.list(cursor))


def test_a_namespace_that_is_gone_fails_alone(stage: Stage, home: NamespaceClient) -> None:
    cursor = list(home.list())[-1].cursor
    stage.disturb({"action": "path_not_found", "route": "files/list_folder*"})
    for start in (None, cursor):
        with pytest.raises(ItemFailure) as caught:
            list(home.list(start))
        assert caught.value.reason == "vanished"


def test_empty_pages_do_not_end_a_listing(stage: Stage, home: NamespaceClient) -> None:
    cursor = list(home.list())[-1].cursor
    stage.put(stage.people.ann.home_namespace, "/new.txt", b"new")
    stage.disturb({"action": "empty_page", "route": "files/list_folder/continue", "count": 3})
    entries = [entry for page in home.list(cursor) for entry in page.entries]
    assert [entry["path_lower"] for entry in entries] == ["/new.txt"]


def test_lasting_errors_end_a_listing_without_a_last_page(
    stage: Stage, home: NamespaceClient
) -> None:
    cursor = list(home.list())[-1].cursor
    rule = {"action": "server_error", "route": "files/list_folder/continue"}
    stage.disturb({**rule, "args": {"status": 500}})
    with pytest.raises(TooManyRetriesError):
        list(home.list(cursor))


def test_an_expired_token_is_renewed_once_for_all(
    stage: Stage, roster: Roster, small_rev: str
) -> None:
    before = stage.calls(DOWNLOAD)
    stale = msgspec.structs.replace(stage.credentials, access_token="sl.stale")
    renewed: list[Credentials] = []
    with open_team(
        stale, stage.settings, clock=SystemClock(), on_credentials=renewed.append
    ) as connection:
        home = open_home(connection, roster, stage.people.ann)
        with ThreadPoolExecutor(32) as pool:
            got = list(pool.map(lambda _: fetch(home, small_rev, b"small"), range(64)))
    assert got == [b"small"] * 64
    assert len(renewed) == 1
    assert stage.calls(DOWNLOAD) - before <= 64 + 32


def test_fresh_tokens_that_count_as_expired_do_not_end_the_run(
    stage: Stage, home: NamespaceClient, small_rev: str
) -> None:
    stage.disturb({"action": "expired_token", "route": DOWNLOAD, "count": 5})
    assert fetch(home, small_rev, b"small") == b"small"


def test_tokens_that_always_count_as_expired_fail_the_call_and_not_the_link(
    stage: Stage, connection: TeamConnection
) -> None:
    stage.disturb({"action": "expired_token", "route": "team/get_info"})
    with pytest.raises(TooManyRetriesError, match="fresh tokens expired"):
        connection.describe()
    stage.disturb()
    assert connection.describe().name == "Acme Works"


def test_a_revoked_link_says_reconnect(stage: Stage, roster: Roster) -> None:
    revoked = msgspec.structs.replace(stage.credentials, access_token="", refresh_token="gone")
    with open_team(revoked, stage.settings, clock=SystemClock()) as connection:
        for _ in range(2):
            with pytest.raises(DeniedError, match="revoked") as caught:
                connection.describe()
            assert "connect" in caught.value.hint


def test_no_network_is_try_later(stage: Stage) -> None:
    nowhere = msgspec.structs.replace(stage.settings, api_url="http://127.0.0.1:9")
    with (
        open_team(stage.credentials, nowhere, clock=SystemClock()) as connection,
        pytest.raises(TryLaterError, match="cannot be reached") as caught,
    ):
        connection.describe()
    assert "network" in caught.value.hint


def test_a_long_wait_can_be_cancelled(stage: Stage, small_rev: str, roster: Roster) -> None:
    cancelled = threading.Event()
    stage.disturb({"action": "rate_limit", "route": DOWNLOAD, "args": {"retry_after": 300}})
    with stage.connect(cancelled=cancelled) as connection, ThreadPoolExecutor(1) as pool:
        home = open_home(connection, roster, stage.people.ann)
        waiting = pool.submit(fetch, home, small_rev, b"small")
        until(lambda: any(one.frozen_for_s > 250 for one in connection.pacer.state()))
        cancelled.set()
        with pytest.raises(CancelledError):
            waiting.result(60)


def test_waiting_for_a_slow_answer_can_be_cancelled(
    stage: Stage, small_rev: str, roster: Roster
) -> None:
    cancelled = threading.Event()
    stage.disturb({"action": "delay", "route": DOWNLOAD, "args": {"seconds": NEVER_S}})
    with stage.connect() as connection, ThreadPoolExecutor(1) as pool:
        home = connection.namespace(stage.people.ann.home_namespace, roster, cancelled=cancelled)
        waiting = pool.submit(fetch, home, small_rev, b"small")
        stage.until_called(DOWNLOAD)
        cancelled.set()
        with pytest.raises(CancelledError):
            waiting.result(60)


def test_an_answer_that_never_comes_is_a_passing_trouble(
    stage: Stage, small_rev: str, roster: Roster
) -> None:
    stage.disturb({"action": "delay", "route": DOWNLOAD, "nth": 1, "args": {"seconds": NEVER_S}})
    settings = msgspec.structs.replace(stage.settings, read_timeout_s=0.6)
    with open_team(stage.credentials, settings, clock=SystemClock()) as connection:
        home = open_home(connection, roster, stage.people.ann)
        assert fetch(home, small_rev, b"small") == b"small"
    assert stage.calls(DOWNLOAD) >= 2  # a busy machine may be silent for so long again
