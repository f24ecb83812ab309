"""Listings: everything once, then only what changed; never more than Dropbox told."""

import pytest
from dropally.dropbox_api import CursorResetError, NamespaceClient, Roster, TeamConnection
from tests.dropbox_api.team_of_three import Stage, everything


def test_a_listing_then_only_changes(stage: Stage, home: NamespaceClient) -> None:
    ann = stage.people.ann.home_namespace
    stage.put(ann, "/Docs/Über.txt", b"one")
    pages = list(home.list())
    assert pages[-1].has_more is False
    paths = [entry["path_lower"] for page in pages for entry in page.entries]
    assert paths == ["/docs", "/docs/über.txt"]
    stage.put(ann, "/Docs/two.txt", b"two")
    later = [entry for page in home.list(pages[-1].cursor) for entry in page.entries]
    assert [entry["path_lower"] for entry in later] == ["/docs/two.txt"]


def test_an_unchanged_namespace_costs_one_page(stage: Stage, home: NamespaceClient) -> None:
    cursor = list(home.list())[-1].cursor
    pages = list(home.list(cursor))
    assert [(page.entries, page.has_more) for page in pages] == [([], False)]


def test_a_cursor_of_somebody_gone_is_reset(
    stage: Stage, connection: TeamConnection, roster: Roster, home: NamespaceClient
) -> None:
    cursor = list(home.list())[-1].cursor
    bens = connection.namespace(stage.people.ben.home_namespace, roster)
    with pytest.raises(CursorResetError):
        next(bens.list(cursor))


def test_longpoll_tells_of_changes(stage: Stage, home: NamespaceClient) -> None:
    cursor = list(home.list())[-1].cursor
    stage.put(stage.people.ann.home_namespace, "/new.txt", b"new")
    assert home.longpoll(cursor, timeout_s=30).changes


def test_paths_and_names_come_as_dropbox_sent_them(stage: Stage, home: NamespaceClient) -> None:
    stage.put(stage.people.ann.home_namespace, "/Ω/Straße 🎈.txt", b"x")
    entry = everything(home)[-1]
    assert entry["name"] == "Straße 🎈.txt"
    assert entry["content_hash"]
