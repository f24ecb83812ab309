"""Changes to the content of one namespace: each writes node, revision and journal together.

Routes, the sample team and the control API all go through here. Paths are within the namespace,
in display form. Every function returns the entries that are now there.
"""

from dataclasses import dataclass
from typing import Literal

from dropally.simulator.state import paths
from dropally.simulator.state.entry import CloudDocument, Entry
from dropally.simulator.state.events import Event, EventKind
from dropally.simulator.state.world import World


class EditRefused(Exception):  # noqa: N818 - an answer, not a fault
    """The change is not possible; `tags` are those of Dropbox's WriteError or LookupError."""

    def __init__(self, *tags: str) -> None:
        super().__init__("/".join(tags))
        self.tags = tags


@dataclass(frozen=True, slots=True, kw_only=True)
class FileContent:
    """What a file holds, stored already."""

    size: int
    content_hash: str
    content_ref: str = ""
    document: CloudDocument | None = None
    symlink_target: str = ""
    downloadable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteMode:
    """How to write where something is: Dropbox's WriteMode with its neighbours."""

    tag: Literal["add", "overwrite", "update"] = "add"
    rev: str = ""
    """For `update`: the revision that is replaced."""
    autorename: bool = False
    strict_conflict: bool = False


OVERWRITE = WriteMode(tag="overwrite")


def put_file(
    world: World,
    ns: str,
    path: str,
    content: FileContent,
    *,
    author: str = "",
    client_modified: int | None = None,
    server_modified: int | None = None,
    mode: WriteMode = OVERWRITE,
    item_id: str = "",
    event: EventKind | None = None,
) -> Entry:
    """Write a file, with the folders above it. Raises EditRefused.

    `item_id` is the id of a new file that is an old one come back; `event` is what the team's log
    calls the change, where that is not a plain addition or edit.
    """
    path = paths.clean(path)
    tree = world.trees[ns]
    now = int(world.clock.epoch_s()) if server_modified is None else server_modified
    existing = tree.get(paths.lower(path))
    if existing is not None:
        outcome = _resolve_conflict(existing, content, mode)
        if outcome == "keep":
            return existing
        if outcome == "rename":
            path, existing = free_path(world, ns, path, conflicted=mode.tag == "update"), None
    elif mode.tag == "update" and mode.rev:
        if not mode.autorename:
            raise EditRefused("conflict", "file")
        path = free_path(world, ns, path, conflicted=True)
    parent_display = ensure_folder(world, ns, paths.parent_of(path), author)
    name = paths.compose(paths.name_of(path))
    entry = Entry(
        kind="file",
        ns=ns,
        id=existing.id if existing else item_id or world.new_id(),
        name=name,
        path_lower=paths.lower(path),
        path_display=f"{parent_display}/{name}",
        rev=world.new_rev(),
        size=content.size,
        content_hash=content.content_hash,
        content_ref=content.content_ref,
        client_modified=now if client_modified is None else client_modified,
        server_modified=now,
        author=author,
        document=content.document,
        symlink_target=content.symlink_target,
        downloadable=content.downloadable,
    )
    place(world, entry)
    log(world, event or ("file_edit" if existing else "file_add"), entry, author, at=now)
    return entry


def create_folder(
    world: World, ns: str, path: str, *, author: str = "", autorename: bool = False
) -> Entry:
    """Make a folder, with the folders above it. Raises EditRefused."""
    path = paths.clean(path)
    existing = world.trees[ns].get(paths.lower(path))
    if existing is not None:
        if not autorename:
            raise EditRefused("conflict", existing.kind)
        path = free_path(world, ns, path)
    parent_display = ensure_folder(world, ns, paths.parent_of(path), author)
    folder = _add_folder(world, ns, parent_display, paths.name_of(path))
    log(world, "create_folder", folder, author)
    return folder


def delete(world: World, ns: str, path: str, *, author: str = "") -> Entry:
    """Delete a file, or a folder with all in it; the entry that was there. Raises EditRefused."""
    tree = world.trees[ns]
    path_lower = paths.lower(paths.clean(path))
    entry = tree.get(path_lower)
    if entry is None:
        raise EditRefused("not_found")
    lift(world, entry, author)
    log(world, "file_delete", entry, author)
    return entry


def content_of(entry: Entry) -> FileContent:
    """What a file holds, to be written somewhere else."""
    return FileContent(
        size=entry.size,
        content_hash=entry.content_hash,
        content_ref=entry.content_ref,
        document=entry.document,
        symlink_target=entry.symlink_target,
        downloadable=entry.downloadable,
    )


def log(
    world: World,
    kind: EventKind,
    entry: Entry,
    author: str,
    *,
    target: Entry | None = None,
    at: float = 0,
) -> None:
    """Tell the team's event log; `target` is what a move or copy made of the entry."""
    event = Event(
        kind=kind,
        at=at,
        actor=author,
        ns=entry.ns,
        path=entry.path_display,
        item_id=entry.id,
        folder=entry.kind == "folder",
    )
    if target is not None:
        event.target_ns, event.target_path = target.ns, target.path_display
    world.events.record(event)


def ensure_folder(world: World, ns: str, path: str, author: str = "") -> str:
    """Make sure that a folder is there; its display path. Raises EditRefused on a file above."""
    tree = world.trees[ns]
    if not path:
        return ""
    existing = tree.get(paths.lower(path))
    if existing is not None:
        if existing.kind == "file":
            raise EditRefused("conflict", "file_ancestor")
        if existing.mount:  # what lies below it is in the other namespace: resolve the path first
            raise EditRefused("conflict", "folder")
        return existing.path_display
    above = ensure_folder(world, ns, paths.parent_of(path), author)
    return _add_folder(world, ns, above, paths.name_of(path)).path_display


def place(world: World, entry: Entry) -> None:
    """Put an entry into its tree, its history and the journal; its parent must be there."""
    tree = world.trees[entry.ns]
    replaced = tree.get(entry.path_lower)
    if replaced is not None:
        remember(world, replaced)
    tree.put(entry)
    tree.unbury(entry.path_lower)
    world.places[entry.id] = (entry.ns, entry.path_lower)
    remember(world, entry)
    world.record(entry)


def remember(world: World, entry: Entry) -> None:
    """Keep a file's revision, unless it is known; generated files are known from their first edit."""
    if entry.kind == "file" and entry.rev not in world.revisions:
        world.revisions[entry.rev] = entry
        world.histories.setdefault(entry.id, []).append(entry)
        world.trees[entry.ns].past.setdefault(entry.path_lower, []).append(entry)
        world.save_revision(entry)


def lift(world: World, entry: Entry, author: str) -> None:
    """Take an entry out of its tree with all below it; the journal learns of the top only."""
    tree = world.trees[entry.ns]
    for gone in [entry, *tree.walk(entry.path_lower)]:
        remember(world, gone)
        world.places.pop(gone.id, None)
        tree.bury(deletion_of(world, gone, author))
    tree.remove(entry.path_lower)
    world.record(tree.graves[entry.path_lower])


def deletion_of(world: World, entry: Entry, author: str) -> Entry:
    """The journal's trace of a deletion."""
    return Entry(
        kind="deleted",
        ns=entry.ns,
        name=entry.name,
        path_lower=entry.path_lower,
        path_display=entry.path_display,
        server_modified=int(world.clock.epoch_s()),
        author=author,
    )


def free_path(world: World, ns: str, path: str, *, conflicted: bool = False) -> str:
    """The first path like this one that is not taken: `name (2).ext`."""
    label = "{0} (conflicted copy {1})" if conflicted else "{0} ({1})"
    tree, number = world.trees[ns], 2
    above, name = paths.parent_of(path), paths.name_of(path)
    if conflicted:
        candidate = f"{above}/{paths.numbered(name, 1, '{0} (conflicted copy)')}"
        if tree.get(paths.lower(candidate)) is None:
            return candidate
    while True:
        candidate = f"{above}/{paths.numbered(name, number, label)}"
        if tree.get(paths.lower(candidate)) is None:
            return candidate
        number += 1


def _resolve_conflict(
    existing: Entry, content: FileContent, mode: WriteMode
) -> Literal["write", "keep", "rename"]:
    """Dropbox's rules of WriteMode for a path where something is. Raises EditRefused."""
    same = existing.kind == "file" and existing.content_hash == content.content_hash
    if same and not mode.strict_conflict:
        return "keep"
    replaces = mode.tag == "overwrite" or (mode.tag == "update" and mode.rev == existing.rev)
    if existing.kind == "file" and replaces:
        return "write"
    if mode.autorename:
        return "rename"
    raise EditRefused("conflict", existing.kind)


def _add_folder(world: World, ns: str, parent_display: str, name: str) -> Entry:
    name = paths.compose(name)
    display = f"{parent_display}/{name}"
    entry = Entry(
        kind="folder",
        ns=ns,
        id=world.new_id(),
        name=name,
        path_lower=paths.lower(display),
        path_display=display,
    )
    place(world, entry)
    return entry
