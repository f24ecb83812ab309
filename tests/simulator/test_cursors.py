"""Cursors: whatever happens during a paged listing, applying its pages ends up with the truth."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from dropally.simulator.api import files_list
from dropally.simulator.auth.identity import Identity
from dropally.simulator.errors import RouteError
from dropally.simulator.routes_table import routes
from dropally.simulator.routing import Call, RawJson
from dropally.simulator.state import edits, paths, relocation, sharing
from dropally.simulator.state.edits import EditRefused, FileContent
from dropally.simulator.state.model import Member
from dropally.simulator.state.sharing import ShareRefused
from dropally.simulator.state.team_space import add_member, found_team
from dropally.simulator.state.view import resolve
from dropally.simulator.state.world import World
from hypothesis import example, given, settings
from hypothesis import strategies as st

# Few names, so that edits meet each other; the dot sorts before the slash, which paths must not.
NAMES = ["a", "B", "a.b", "\u00dc"]
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(
    lambda parts: "/" + "/".join(parts)
)
EDITS = st.one_of(
    st.tuples(st.just("put"), PATHS, PATHS),
    st.tuples(st.just("put"), PATHS, PATHS),
    st.tuples(st.just("mkdir"), PATHS, PATHS),
    st.tuples(st.just("delete"), PATHS, PATHS),
    st.tuples(st.just("move"), PATHS, PATHS),
    st.tuples(st.just("copy"), PATHS, PATHS),
    st.tuples(st.just("share"), PATHS, PATHS),
    st.tuples(st.just("unshare"), PATHS, PATHS),
)


class Mirror:
    """A client that applies pages by the documented rules, and nothing else."""

    def __init__(self) -> None:
        self.items: dict[str, tuple[str, str]] = {}

    def apply(self, entry: dict[str, Any]) -> None:
        path, tag = entry["path_lower"], entry[".tag"]
        known = self.items.get(path)
        if tag != "folder" or (known is not None and known[0] == "file"):
            self._remove(path)
        if tag != "deleted":
            self.items[path] = (tag, entry.get("rev", entry["id"]))

    def _remove(self, path: str) -> None:
        for known in [one for one in self.items if paths.within(one, path)]:
            del self.items[known]


class Lister:
    """Calls the listing routes as Ann, without a network."""

    def __init__(self, world: World, ann: Member) -> None:
        self.world = world
        self._identity = Identity("member", ann.home_namespace, ann)

    def start(self, **arg: Any) -> dict[str, Any]:
        return self._call("files/list_folder", files_list.list_folder, arg)

    def go_on(self, cursor: str) -> dict[str, Any]:
        arg = {"cursor": cursor}
        name = "files/list_folder/continue"
        return self._call(name, files_list.list_folder_continue, arg)

    def latest(self, **arg: Any) -> str:
        call = self._make("files/list_folder/get_latest_cursor", arg)
        answer = files_list.get_latest_cursor(call)
        assert isinstance(answer, dict)
        return str(answer["cursor"])

    def _make(self, name: str, arg: dict[str, Any]) -> Call:
        return Call(routes()[name], arg, self._identity, {}, self.world)

    def _call(self, name: str, handler: Callable[[Call], Any], arg: Any) -> dict[str, Any]:
        answer = handler(self._make(name, arg))
        assert isinstance(answer, RawJson)
        page: dict[str, Any] = json.loads(answer.data)
        return page


@contextlib.contextmanager
def new_world() -> Iterator[tuple[World, Member]]:
    with contextlib.closing(World()) as world:
        found_team(world, "Example", layout="2023")
        yield world, add_member(world, "ann@example.com", "Ann", "Smith", is_admin=True)


def change(world: World, ann: Member, edit: tuple[str, str, str]) -> None:
    """Try one edit; what is impossible just does not happen."""
    kind, path, other = edit
    home = ann.home_namespace
    with contextlib.suppress(EditRefused, ShareRefused):
        apply_edit(world, ann, home, kind, path, other)


def apply_edit(world: World, ann: Member, home: str, kind: str, path: str, other: str) -> None:
    identity = Identity("member", home, ann)
    place = resolve(world, identity, path)
    assert place is not None
    mounts = sorted(world.trees[home].mounts.items())
    if kind == "put":
        content = FileContent(size=0, content_hash=world.new_rev().zfill(64))
        edits.put_file(world, place.ns, place.path, content)
    elif kind == "mkdir":
        edits.create_folder(world, place.ns, place.path)
    elif kind == "delete":
        edits.delete(world, place.ns, place.path)
    elif kind == "share":
        sharing.share_folder(world, home, path, ann)
    elif kind == "unshare" and mounts:
        sharing.unshare_folder(world, world.namespaces[mounts[0][1]])
    elif kind in ("move", "copy"):
        source, target = place.entry, resolve(world, identity, other)
        if source is not None and target is not None:
            how: Any = kind
            relocation.relocate(world, source, target.ns, target.path, how=how)


def truth(world: World, ns: str, prefix: str = "", root: str = "") -> dict[str, tuple[str, str]]:
    """What is there, by walking the trees."""
    items: dict[str, tuple[str, str]] = {}
    for entry in world.trees[ns].walk(root):
        items[prefix + entry.path_lower] = (entry.kind, entry.rev or entry.id)
        if entry.mount:
            items |= truth(world, entry.mount, prefix + entry.path_lower)
    return items


@settings(max_examples=100, deadline=None)
@given(
    before=st.lists(EDITS, max_size=12),
    during=st.lists(st.lists(EDITS, max_size=3), max_size=12),
    after=st.lists(EDITS, max_size=6),
    limit=st.integers(1, 4),
    nasty=st.booleans(),
)
@example(  # a file in the place of a folder, with the folder's old content in the same page
    before=[("put", "/a/a", "/a")],
    during=[],
    after=[
        ("put", "/a", "/a"),
        ("put", "/a/a", "/a"),
        ("delete", "/a", "/a"),
        ("put", "/a", "/a"),
    ],
    limit=1,
    nasty=True,
)
def test_edits_during_a_paged_listing_are_never_missed(
    before: list[tuple[str, str, str]],
    during: list[list[tuple[str, str, str]]],
    after: list[tuple[str, str, str]],
    limit: int,
    nasty: bool,
) -> None:
    with new_world() as (world, ann):
        world.knobs.nasty_pages = nasty
        for edit in before:
            change(world, ann, edit)
        lister, mirror = Lister(world, ann), Mirror()
        page = lister.start(path="", recursive=True, limit=limit)
        rounds = iter(during)
        while True:
            for entry in page["entries"]:
                mirror.apply(entry)
            burst = next(rounds, None)
            if burst is None and not page["has_more"]:
                break
            for edit in burst or []:
                change(world, ann, edit)
            page = lister.go_on(page["cursor"])
        assert mirror.items == truth(world, ann.home_namespace)
        for edit in after:
            change(world, ann, edit)
        while True:
            page = lister.go_on(page["cursor"])
            for entry in page["entries"]:
                mirror.apply(entry)
            if not page["has_more"]:
                break
        assert mirror.items == truth(world, ann.home_namespace)


@settings(max_examples=60, deadline=None)
@given(before=st.lists(EDITS, max_size=10), after=st.lists(EDITS, max_size=10))
def test_the_latest_cursor_knows_all_there_is(
    before: list[tuple[str, str, str]], after: list[tuple[str, str, str]]
) -> None:
    with new_world() as (world, ann):
        for edit in before:
            change(world, ann, edit)
        lister, mirror = Lister(world, ann), Mirror()
        mirror.items = truth(world, ann.home_namespace)
        cursor = lister.latest(path="", recursive=True)
        assert lister.go_on(cursor)["entries"] == []
        for edit in after:
            change(world, ann, edit)
        page = lister.go_on(cursor)
        for entry in page["entries"]:
            mirror.apply(entry)
        assert mirror.items == truth(world, ann.home_namespace)


@pytest.fixture
def lister() -> Iterator[Lister]:
    content = FileContent(size=0, content_hash="0" * 64)
    with new_world() as (world, ann):
        for path in ("/a/x.txt", "/a/sub/y.txt", "/b.txt"):
            edits.put_file(world, ann.home_namespace, path, content)
        yield Lister(world, ann)


def names(page: dict[str, Any]) -> list[str]:
    return [entry["path_lower"] for entry in page["entries"]]


def test_a_folder_is_listed_one_level_deep_unless_recursive(lister: Lister) -> None:
    assert names(lister.start(path="")) == ["/a", "/b.txt"]
    assert names(lister.start(path="/A")) == ["/a/sub", "/a/x.txt"]
    page = lister.start(path="/a", limit=1)
    assert names(lister.go_on(page["cursor"])) == ["/a/x.txt"]
    recursive = lister.start(path="/a", recursive=True)
    assert names(recursive) == ["/a/sub", "/a/sub/y.txt", "/a/x.txt"]


def test_deletions_are_listed_on_request_and_told_once_for_a_folder(lister: Lister) -> None:
    page = lister.start(path="", recursive=True)
    edits.delete(lister.world, lister.world.find_id(page["entries"][0]["id"]).ns, "/a")  # type: ignore[union-attr]
    changes = lister.go_on(page["cursor"])
    assert [(one[".tag"], one["path_lower"]) for one in changes["entries"]] == [("deleted", "/a")]
    again = lister.start(path="", recursive=True, include_deleted=True)
    assert names(again) == ["/b.txt", "/a", "/a/sub", "/a/sub/y.txt", "/a/x.txt"]


def test_a_cursor_of_a_folder_that_is_gone_says_not_found(lister: Lister) -> None:
    page = lister.start(path="/a")
    ann = next(iter(lister.world.members.values()))
    edits.delete(lister.world, ann.home_namespace, "/a")
    with pytest.raises(RouteError) as refused:
        lister.go_on(page["cursor"])
    assert refused.value.summary == "path/not_found"
    edits.create_folder(lister.world, ann.home_namespace, "/a")
    assert [one[".tag"] for one in lister.go_on(page["cursor"])["entries"]] == ["deleted"]


def test_a_new_epoch_resets_every_cursor(lister: Lister) -> None:
    page = lister.start(path="")
    lister.world.counters.epoch += 1
    with pytest.raises(RouteError) as refused:
        lister.go_on(page["cursor"])
    assert refused.value.summary == "reset"


def test_without_mounted_folders_a_listing_stays_in_its_namespace(lister: Lister) -> None:
    world = lister.world
    ann = next(iter(world.members.values()))
    sharing.share_folder(world, ann.home_namespace, "/a", ann)
    arg = {"path": "", "recursive": True, "include_mounted_folders": False}
    assert names(lister.start(**arg)) == ["/a", "/b.txt"]
    world.knobs.list_mount_points = False
    assert names(lister.start(**arg)) == ["/b.txt"]
