"""Everything goes wrong at once, and still: every byte right, nobody called while told to wait."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from dropally.common.clock import SystemClock
from dropally.dropbox_api import (
    ConnectionSettings,
    ItemFailure,
    NamespaceClient,
    UploadItem,
    content_hash,
    open_team,
)
from dropally.simulator import Simulator
from dropally.simulator.auth.minting import mint_team_token
from tests.dropbox_api.team_of_three import QUICK, Stage, credentials_of, hash_of

# Three wrong answers in a row to one file's requests are its failure, so those are rarer than the rest.
SHAPES = ("json", "json_header_only", "text", "text_header")
STORM: list[dict[str, Any]] = [
    {"action": "server_error", "probability": 0.03, "seed": 1, "args": {"status": 500}},
    {"action": "server_error", "probability": 0.01, "seed": 2, "args": {"status": 503}},
    {"action": "drop_connection", "probability": 0.03, "seed": 3},
    {"action": "drop_connection", "probability": 0.03, "seed": 4, "args": {"when": "after"}},
    {"action": "expired_token", "probability": 0.01, "seed": 5},
    {"action": "cut_body", "route": "files/download", "probability": 0.03, "seed": 6,
     "args": {"at": 700, "keep_length": False}},
    {"action": "cut_body", "route": "files/download", "probability": 0.02, "seed": 7,
     "args": {"at": 10}},
    {"action": "wrong_bytes", "route": "files/download", "probability": 0.004, "seed": 8},
    {"action": "slow_body", "route": "files/download", "probability": 0.03, "seed": 20,
     "args": {"bytes_per_s": 200_000}},
    {"action": "server_error", "probability": 0.002, "seed": 21,
     "args": {"status": 503, "retry_after": 1}},
    {"action": "server_error", "probability": 0.01, "seed": 22, "args": {"status": 502}},
    {"action": "delay", "probability": 0.01, "seed": 23, "args": {"seconds": 0.1}},
    {"action": "wrong_hash", "route": "files/download", "probability": 0.004, "seed": 9},
    *(
        {"action": "rate_limit", "probability": 0.002, "seed": 10 + n,
         "args": {"shape": shape, "retry_after": 1}}
        for n, shape in enumerate(SHAPES)
    ),
]  # fmt: skip


@pytest.fixture
def stormy(sample: Simulator) -> Iterator[Simulator]:
    sample.control.reset_metrics()
    sample.control.set_faults(*STORM)
    yield sample
    sample.control.clear_faults()
    assert sample.control.metrics()["calls_while_told_to_wait"] == 0


def test_the_sample_team_is_read_right_through_a_storm(stormy: Simulator) -> None:
    credentials = credentials_of(stormy.run(mint_team_token))
    settings = ConnectionSettings(api_url=stormy.http_url, retry=QUICK)
    with open_team(credentials, settings, clock=SystemClock()) as connection:
        roster = connection.discover()
        wanted: list[tuple[NamespaceClient, dict[str, Any]]] = []
        for space in roster.namespaces:
            client = connection.namespace(space.id, roster)
            entries = [entry for page in client.list() for entry in page.entries]
            files = {e["path_lower"] for e in entries if e[".tag"] == "file"}
            truth = {e["path_lower"] for e in stormy.control.truth(space.id) if e["kind"] == "file"}
            assert files == truth
            wanted += [(client, e) for e in entries if downloadable(e)][:60]
        with ThreadPoolExecutor(16) as pool:
            reasons = set(pool.map(lambda pair: check(*pair), wanted))
    fired = {rule["action"] for rule in stormy.control.faults() if rule["fired"]}
    assert fired >= {"server_error", "drop_connection", "cut_body", "wrong_bytes", "wrong_hash"}
    assert "" in reasons
    assert reasons <= {"", "restricted_content", "unsupported"}


def test_uploads_through_a_storm_leave_each_file_once(stage: Stage, home: NamespaceClient) -> None:
    stage.disturb(*STORM)
    contents = {f"/up/{n % 7}/{n}.txt": b"file %d" % n for n in range(120)}

    def upload(numbers: range) -> list[str]:
        paths = [f"/up/{n % 7}/{n}.txt" for n in numbers]
        items = [upload_item(path, contents[path]) for path in paths]
        return [str(o.failure) for o in home.upload_batch(items) if o.failure]

    with ThreadPoolExecutor(4) as pool:
        failures = list(pool.map(upload, (range(at, at + 15) for at in range(0, 120, 15))))
    assert failures == [[]] * 8
    stage.disturb()
    entries = [e for page in home.list() for e in page.entries if e[".tag"] == "file"]
    assert {e["path_lower"]: e["content_hash"] for e in entries} == {
        path: hash_of(data) for path, data in contents.items()
    }
    assert len(entries) == 120


def downloadable(entry: dict[str, Any]) -> bool:
    small = entry[".tag"] == "file" and entry["size"] < 200_000
    return small and entry.get("is_downloadable") is not False


def check(client: NamespaceClient, entry: dict[str, Any]) -> str:
    """The failure's reason, "" for the right bytes."""
    try:
        pieces = list(client.download(entry["rev"], entry["size"], entry["content_hash"]))
    except ItemFailure as failure:
        return failure.reason
    assert content_hash(pieces) == entry["content_hash"]
    return ""


def upload_item(path: str, data: bytes) -> UploadItem:
    return UploadItem(
        path=path,
        size_bytes=len(data),
        content_hash=hash_of(data),
        pieces=lambda: [data],
        autorename=True,
    )
