"""Moving and copying, within a namespace and between two, and bringing revisions back."""

from typing import Literal

import msgspec

from dropally.simulator.state import edits, paths
from dropally.simulator.state.edits import EditRefused
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.events import EventKind
from dropally.simulator.state.world import World

MAX_ITEMS = 10_000
"""The most files and folders in one move or copy."""


def relocate(
    world: World,
    source: Entry,
    ns: str,
    path: str,
    *,
    how: Literal["move", "copy"],
    author: str = "",
    autorename: bool = False,
) -> Entry:
    """Move or copy an entry with all below it to a path of namespace `ns`; the entry there.

    A move keeps ids; a copy has new ones; both give files a new revision.
    Raises EditRefused: `cant_...`, `too_many_files`, `to` with the tags of a WriteError.
    """
    path = paths.clean(path)
    items = [source, *world.trees[source.ns].walk(source.path_lower)]
    _refuse_impossible(items, ns, path, how)
    if world.trees[ns].get(paths.lower(path)) is not None:
        if not autorename:
            there = world.trees[ns].get(paths.lower(path))
            raise EditRefused("to", "conflict", there.kind if there else "file")
        path = edits.free_path(world, ns, path)
    try:
        above = edits.ensure_folder(world, ns, paths.parent_of(path), author)
    except EditRefused as refused:
        raise EditRefused("to", *refused.tags) from None
    top = f"{above}/{paths.compose(paths.name_of(path))}"
    if how == "move":
        edits.lift(world, source, author)
    placed = [_placed(world, item, source, ns, top, how) for item in items]
    for entry in placed:
        edits.place(world, entry)
    edits.log(world, _event_kind(source, placed[0], how), source, author, target=placed[0])
    return placed[0]


def restore(world: World, ns: str, path: str, revision: Entry, *, author: str = "") -> Entry:
    """Bring an earlier revision of a file (back) to a path. Raises EditRefused."""
    path = paths.clean(path)
    there = world.trees[ns].get(paths.lower(path))
    if there is not None and there.kind == "folder":
        raise EditRefused("path_write", "conflict", "folder")
    keeps_id = there is None and world.find_id(revision.id) is None
    return edits.put_file(
        world,
        ns,
        path,
        edits.content_of(revision),
        author=author,
        client_modified=revision.client_modified,
        mode=edits.WriteMode(tag="overwrite", strict_conflict=True),
        item_id=revision.id if keeps_id else "",
        event="file_restore",
    )


def _event_kind(source: Entry, target: Entry, how: str) -> EventKind:
    if how == "copy":
        return "file_copy"
    beside = paths.parent_of(source.path_lower) == paths.parent_of(target.path_lower)
    return "file_rename" if beside and source.ns == target.ns else "file_move"


def _refuse_impossible(items: list[Entry], ns: str, path: str, how: str) -> None:
    source = items[0]
    target = paths.lower(path)
    inside = target != source.path_lower and paths.within(target, source.path_lower)
    if source.ns == ns and inside and how == "move":
        raise EditRefused("cant_move_folder_into_itself")
    if len(items) > MAX_ITEMS:
        raise EditRefused("too_many_files")
    if any(item.mount for item in items):
        if how == "copy":
            raise EditRefused("cant_copy_shared_folder")
        if source.ns != ns:
            raise EditRefused("cant_nest_shared_folder")


def _placed(world: World, item: Entry, source: Entry, ns: str, top: str, how: str) -> Entry:
    display = top + item.path_display[len(source.path_display) :]
    changes: dict[str, object] = {
        "ns": ns,
        "path_lower": paths.lower(display),
        "path_display": display,
        "name": paths.name_of(display),
        "rendered": b"",
    }
    if how == "copy":
        changes["id"] = world.new_id()
    if item.kind == "file":
        changes["rev"] = world.new_rev()
        if how == "copy":
            changes["server_modified"] = int(world.clock.epoch_s())
    return msgspec.structs.replace(item, **changes)
