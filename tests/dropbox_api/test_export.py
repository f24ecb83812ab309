"""Cloud documents: every form Dropbox offers, verified; failures that say what to do."""

from collections.abc import Iterator

import pytest
from dropally.common.clock import SystemClock
from dropally.dropbox_api import (
    ConnectionSettings,
    ItemFailure,
    NamespaceClient,
    content_hash,
    export_formats,
    open_team,
)
from dropally.simulator import Simulator
from dropally.simulator.auth.minting import mint_team_token
from tests.dropbox_api.team_of_three import QUICK, credentials_of

Document = tuple[NamespaceClient, dict[str, object]]


@pytest.fixture
def documents(sample: Simulator) -> Iterator[list[Document]]:
    credentials = credentials_of(sample.run(mint_team_token))
    settings = ConnectionSettings(api_url=sample.http_url, retry=QUICK)
    with open_team(credentials, settings, clock=SystemClock()) as connection:
        roster = connection.discover()
        clients = [connection.namespace(space.id, roster) for space in roster.namespaces]
        yield [
            (client, entry)
            for client in clients
            for page in client.list()
            for entry in page.entries
            if export_formats(entry)
        ]
    sample.control.clear_faults()


def test_every_form_of_every_document(documents: list[Document]) -> None:
    seen: set[str] = set()
    for client, entry in documents:
        for form in export_formats(entry):
            export = client.export(str(entry["path_lower"]), form)
            content = b"".join(export.pieces)
            assert len(content) == export.size_bytes > 0
            assert content_hash([content]) == export.content_hash
            assert (export.paper_revision > 0) == (form in {"markdown", "html"})
            seen.add(form)
    assert {"markdown", "html", "docx", "xlsx"} <= seen


def test_dropboxs_default_form_comes_without_a_wish(documents: list[Document]) -> None:
    client, entry = documents[0]
    default = client.export(str(entry["path_lower"]))
    assert b"".join(default.pieces)
    assert default.name


@pytest.mark.parametrize("action", ["cut_body", "wrong_bytes", "drop_connection"])
def test_broken_exports_are_fetched_anew(
    sample: Simulator, documents: list[Document], action: str
) -> None:
    client, entry = documents[0]
    whole = b"".join(client.export(str(entry["path_lower"])).pieces)
    args = {"at": 10} if action == "cut_body" else {}
    sample.control.set_faults({"action": action, "route": "files/export", "nth": 1, "args": args})
    assert b"".join(client.export(str(entry["path_lower"])).pieces) == whole


def test_an_export_for_later(sample: Simulator, documents: list[Document]) -> None:
    client, entry = documents[0]
    sample.control.set_faults({"action": "export_retry", "route": "files/export"})
    with pytest.raises(ItemFailure) as caught:
        client.export(str(entry["path_lower"]))
    assert caught.value.reason == "export_failed"
    assert caught.value.retryable


def test_an_export_that_always_arrives_wrong(sample: Simulator, documents: list[Document]) -> None:
    client, entry = documents[0]
    sample.control.set_faults({"action": "wrong_bytes", "route": "files/export"})
    with pytest.raises(ItemFailure) as caught:
        client.export(str(entry["path_lower"]))
    assert caught.value.reason == "export_failed"


def test_a_form_dropbox_does_not_offer(documents: list[Document]) -> None:
    client, entry = documents[0]
    with pytest.raises(ItemFailure) as caught:
        client.export(str(entry["path_lower"]), "stone tablet")
    assert caught.value.reason == "unsupported"
