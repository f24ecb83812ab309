"""Virtual teams: huge, from a seed, true in every byte, and open to real edits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dropally.common.errors import UsageError
from dropally.simulator import Simulator, start_simulator
from dropally.simulator.state.tree import Tree
from dropally.simulator.world.virtual_spec import (
    VirtualPart,
    VirtualSpec,
    format_part,
    parse_part,
    parse_size,
    parse_spec,
)
from dropally.simulator.world.virtual_tree import VirtualTree
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulator.sdk import loopback_session, user_client
from tests.simulator.world.test_streams import dropbox_hash

ADA = "ada.1@virtual.example"


def tree_of(files: int = 500, large: int = 0, **settings: Any) -> VirtualTree:
    spec = VirtualSpec(files=files, large_count=large, large_size=2**33, **settings)
    part = VirtualPart(spec=spec, number=3, first_file=0, file_count=files, large_count=large)
    return VirtualTree("1001", part)


@settings(max_examples=12, deadline=None)
@given(
    files=st.integers(0, 250),
    folders=st.integers(1, 50),
    large=st.integers(0, 2),
    seed=st.integers(0, 2**40),
)
def test_every_entry_is_found_again(files: int, folders: int, large: int, seed: int) -> None:
    base = tree_of(files, large, folders=folders, seed=seed)
    tree = Tree("1001", base)
    seen = list(tree.walk(""))
    assert sum(entry.kind == "file" for entry in seen) == files + large
    assert len({entry.id for entry in seen}) == len(seen)
    assert len({entry.path_lower for entry in seen}) == len(seen)
    for entry in seen:
        assert base.get(entry.path_lower) == entry
        assert base.find_id(entry.id) == entry
        if entry.kind == "file":
            assert base.find_rev(entry.rev) == entry


def test_a_walk_resumes_anywhere() -> None:
    tree = Tree("1001", tree_of(300, folders=7))
    whole = [entry.path_lower for entry in tree.walk("")]
    for at in range(0, len(whole), 17):
        assert [entry.path_lower for entry in tree.walk("", whole[at])] == whole[at + 1 :]


def test_nothing_is_found_where_nothing_is() -> None:
    tree = tree_of()
    for path in ("/nothing", "/annual 3.txt", "/a 99999", "/annual report 000001.pdf", "/ 1", "/1"):
        assert tree.get(path) is None
        assert tree.children(path) == ()
    assert tree.find_id("id:AAAAAAAAAAAAAAAAAAAAAA") is None
    assert tree.find_rev("0160000000000001") is None


def test_duplicates_share_their_content() -> None:
    files = [e for e in Tree("1", tree_of(2000, dup=0.3)).walk("") if e.kind == "file"]
    hashes = {(entry.content_hash, entry.size) for entry in files}
    assert len(hashes) == 1400


def test_sizes_lie_in_their_range() -> None:
    files = Tree("1", tree_of(2000, min_size=100, max_size=5000)).walk("")
    sizes = [entry.size for entry in files if entry.kind == "file"]
    assert 100 <= min(sizes) < 150
    assert 4500 < max(sizes) <= 5000


def test_specs_are_read() -> None:
    spec = parse_spec(
        "members=3,files=10,folders=5,seed=9,size=1K-2M,dup=0.5,team_folders=2,large=2x5G,ns=1"
    )
    assert spec == VirtualSpec(3, 10, 5, 9, 1024, 2 * 2**20, 0.5, 2, 2, 5 * 2**30, ns=True)
    part = VirtualPart(spec=spec, number=1, first_file=0, file_count=10, author="dbid:x")
    assert parse_part(format_part(part)) == part
    assert parse_size("3t") == 3 * 2**40


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pages=3", "pages"),
        ("files", "files"),
        ("files=many", "files=many"),
        ("members=0", "at least 1"),
        ("size=9K-1K", "smaller size"),
        ("dup=1", "below 1"),
        ("large=5G", "count"),
        ("ns=maybe", "ns=maybe"),
    ],
)
def test_wrong_specs_are_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        parse_spec(text)


@pytest.fixture
def virtual() -> Iterator[tuple[Simulator, Any]]:
    """A virtual team over HTTP, and Ada's client."""
    team = "virtual:members=2,files=120,folders=9,team_folders=1,large=1x9M,seed=5"
    with start_simulator(team=team, strict=True) as simulator:
        token = simulator.control.mint_token("member", member=ADA).access_token
        with loopback_session(simulator.http_url) as session:
            yield simulator, user_client(session, token)


def list_all(client: Any, cursor: str | None = None) -> tuple[list[Any], str]:
    page = (
        client.files_list_folder_continue(cursor)
        if cursor
        else client.files_list_folder("", recursive=True, limit=11)
    )
    entries = list(page.entries)
    while page.has_more:
        page = client.files_list_folder_continue(page.cursor)
        entries += page.entries
    return entries, page.cursor


def test_bytes_are_what_the_listing_says(virtual: tuple[Simulator, Any]) -> None:
    _, ada = virtual
    entries, _ = list_all(ada)
    files = [entry for entry in entries if hasattr(entry, "rev")]
    assert len(files) == 41
    for entry in files:
        metadata, response = ada.files_download(f"rev:{entry.rev}")
        with response:
            body = response.content
        assert (len(body), dropbox_hash(body)) == (entry.size, entry.content_hash)
        assert metadata.path_lower == entry.path_lower


def test_real_edits_lie_on_top(virtual: tuple[Simulator, Any]) -> None:
    simulator, ada = virtual
    entries, cursor = list_all(ada)
    files = [entry for entry in entries if hasattr(entry, "rev")]
    folder = next(e for e in entries if not hasattr(e, "rev") and e.path_lower.count("/") == 1)
    simulator.control.edit(
        {"op": "put", "member": ADA, "path": files[0].path_display, "text": "overwritten"},
        {"op": "put", "member": ADA, "path": f"{folder.path_display}/new.txt", "text": "new"},
        {"op": "delete", "member": ADA, "path": files[1].path_display},
        {"op": "move", "member": ADA, "path": files[2].path_display, "to": "/moved.bin"},
    )
    changes, _ = list_all(ada, cursor)
    assert {change.path_lower for change in changes} >= {
        files[0].path_lower,
        f"{folder.path_lower}/new.txt",
        files[1].path_lower,
        "/moved.bin",
    }
    home = next(one for one in simulator.control.namespaces() if one["owner"] == ADA)
    truth = {entry["path_lower"]: entry for entry in simulator.control.truth(home["namespace_id"])}
    fresh, _ = list_all(ada)
    assert {entry.path_lower for entry in fresh} == set(truth)
    assert truth["/moved.bin"]["content_hash"] == files[2].content_hash
    assert truth["/moved.bin"]["id"] == files[2].id
    revisions = ada.files_list_revisions(files[0].path_lower).entries
    assert [revision.size for revision in revisions] == [len("overwritten"), files[0].size]


def test_shared_folders_lie_in_three_homes() -> None:
    team = "virtual:members=9,files=60,shared_folders=3,seed=8"
    with start_simulator(team=team, strict=True) as simulator:
        spaces = [one for one in simulator.control.namespaces() if one["kind"] == "shared_folder"]
        assert len(spaces) == 3
        assert all(simulator.control.truth(one["namespace_id"]) for one in spaces)
        token = simulator.control.mint_token("member", member=ADA).access_token
        with loopback_session(simulator.http_url) as session:
            ada = user_client(session, token)
            assert {one.name for one in ada.sharing_list_folders().entries} == {
                "Shared folder 1",
                "Shared folder 3",
            }
            mounted = [one for one in list_all(ada)[0] if one.name == "Shared folder 1"]
            assert [one.sharing_info.shared_folder_id for one in mounted] == [
                spaces[0]["namespace_id"]
            ]


def test_deleting_a_virtual_folder_hides_all_below(virtual: tuple[Simulator, Any]) -> None:
    _, ada = virtual
    entries, _ = list_all(ada)
    folder = next(e for e in entries if not hasattr(e, "rev") and e.path_lower.count("/") == 1)
    ada.files_delete_v2(folder.path_lower)
    left, _ = list_all(ada)
    assert not [e for e in left if e.path_lower.startswith(folder.path_lower)]
    below = next(e for e in entries if e.path_lower.startswith(folder.path_lower + "/"))
    with pytest.raises(Exception, match="not_found"):
        ada.files_get_metadata(below.path_lower)


def test_a_virtual_team_with_its_edits_survives_a_restart(tmp_path: Path) -> None:
    team = "virtual:members=2,files=100,folders=9,team_folders=1,seed=6"
    with start_simulator(team=team, state=tmp_path, strict=True) as simulator:
        home = next(one for one in simulator.control.namespaces() if one["owner"] == ADA)
        before = simulator.control.truth(home["namespace_id"])
        old = next(entry for entry in before if entry["kind"] == "file")
        simulator.control.edit(
            {"op": "put", "member": ADA, "path": old["path_display"], "text": "edited"},
            {"op": "mkdir", "member": ADA, "path": "/made"},
        )
        edited = simulator.control.truth(home["namespace_id"])
    with start_simulator(team=team, state=tmp_path, strict=True) as simulator:
        assert simulator.control.truth(home["namespace_id"]) == edited
        untouched = next(e for e in edited if e["kind"] == "file" and e["id"] != old["id"])
        content = simulator.control.content(untouched["content_hash"])
        assert dropbox_hash(content) == untouched["content_hash"]
        token = simulator.control.mint_token("member", member=ADA).access_token
        with loopback_session(simulator.http_url) as session:
            ada = user_client(session, token)
            revisions = ada.files_list_revisions(old["path_lower"]).entries
            assert [one.rev for one in revisions][1:] == [old["rev"]]


def test_the_edits_of_a_virtual_team_are_the_same_in_every_layout() -> None:
    for layout in ("2016", "2017", "2023"):
        team = f"virtual@{layout}:members=2,files=60,team_folders=1,seed=6"
        with start_simulator(team=team) as simulator:
            spaces = simulator.control.namespaces()
            files = [
                entry["content_hash"]
                for space in spaces
                for entry in simulator.control.truth(space["namespace_id"])
                if entry["kind"] == "file"
            ]
            assert len(set(files)) == 60
