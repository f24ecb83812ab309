"""Namespaces inside namespaces: mount points.

A mount point is a folder entry that carries the id of the namespace mounted there.
"""

from collections.abc import Iterator

from dropally.simulator.state import edits, paths
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.model import Member
from dropally.simulator.state.world import World


def mount_at(world: World, ns: str, path: str, target: str, *, author: str = "") -> Entry:
    """Mount `target` at a path of `ns`; when the path is taken, at the next free one."""
    path = paths.clean(path)
    if world.trees[ns].get(paths.lower(path)) is not None:
        path = edits.free_path(world, ns, path)
    above = edits.ensure_folder(world, ns, paths.parent_of(path), author)
    name = paths.compose(paths.name_of(path))
    display = f"{above}/{name}"
    entry = Entry(
        kind="folder",
        ns=ns,
        id=world.new_id(),
        name=name,
        path_lower=paths.lower(display),
        path_display=display,
        mount=target,
    )
    edits.place(world, entry)
    return entry


def dismount(world: World, entry: Entry, *, author: str = "") -> None:
    """Take a mount point away; what was mounted stays as it is."""
    edits.lift(world, entry, author)


def mount_points(world: World, target: str) -> Iterator[Entry]:
    """Every place where a namespace is mounted."""
    for tree in list(world.trees.values()):
        for path, mounted in list(tree.mounts.items()):
            entry = tree.get(path)
            if mounted == target and entry is not None:
                yield entry


def mount_point_of(world: World, member: Member, target: str) -> Entry | None:
    """The place in the member's own home, or in the own root, where a namespace is mounted."""
    for ns in (member.home_namespace, member.root_namespace):
        for path, mounted in world.trees[ns].mounts.items():
            if mounted == target:
                return world.trees[ns].get(path)
    return None
