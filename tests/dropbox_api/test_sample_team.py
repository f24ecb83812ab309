"""The sample team, read to its last byte, under each setting of what nobody can know."""

from collections.abc import Iterator

import pytest
from dropally.common.clock import SystemClock
from dropally.dropbox_api import (
    ConnectionSettings,
    ItemFailure,
    NamespaceClient,
    TeamConnection,
    open_team,
)
from dropally.simulator import Simulator
from dropally.simulator.auth.minting import mint_team_token
from tests.dropbox_api.team_of_three import QUICK, credentials_of


@pytest.fixture
def connection(sample: Simulator) -> Iterator[TeamConnection]:
    credentials = credentials_of(sample.run(mint_team_token))
    settings = ConnectionSettings(api_url=sample.http_url, retry=QUICK)
    with open_team(credentials, settings, clock=SystemClock()) as opened:
        yield opened
    assert sample.control.metrics()["calls_while_told_to_wait"] == 0


def live_entries(client: NamespaceClient) -> dict[str, dict[str, object]]:
    """What is there after the listing, by the rules of list_folder."""
    found: dict[str, dict[str, object]] = {}
    for page in client.list():
        for entry in page.entries:
            found[entry["path_lower"]] = entry
    return found


@pytest.mark.parametrize("nasty", [False, True])
def test_every_namespace_is_listed_whole(
    sample: Simulator, connection: TeamConnection, nasty: bool
) -> None:
    sample.control.set_knobs(nasty_pages=nasty)
    roster = connection.discover()
    for space in roster.namespaces:
        truth = {
            e["path_lower"]: e["content_hash"]
            for e in sample.control.truth(space.id)
            if e["kind"] == "file"
        }
        entries = live_entries(connection.namespace(space.id, roster))
        files = {p: e.get("content_hash") for p, e in entries.items() if e[".tag"] == "file"}
        assert files == truth, space.name
    sample.control.set_knobs(nasty_pages=False)


def test_each_small_file_is_read_or_its_failure_told(
    sample: Simulator, connection: TeamConnection
) -> None:
    roster = connection.discover()
    reasons: set[str] = set()
    read = 0
    for space in roster.namespaces:
        client = connection.namespace(space.id, roster)
        for entry in live_entries(client).values():
            if entry[".tag"] != "file" or int(str(entry["size"])) > 100_000:
                continue
            if entry.get("is_downloadable") is False:
                continue
            try:
                read += len(b"".join(fetch(client, entry)))
            except ItemFailure as failure:
                reasons.add(failure.reason)
    assert read > 1_000_000
    assert "restricted_content" in reasons
    assert reasons <= {"restricted_content", "unsupported"}


def fetch(client: NamespaceClient, entry: dict[str, object]) -> Iterator[bytes]:
    rev, size = str(entry["rev"]), int(str(entry["size"]))
    return client.download(rev, size, str(entry["content_hash"]))
