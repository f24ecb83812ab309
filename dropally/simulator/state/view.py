"""A tree of namespaces as one identity sees it: paths walk through mount points.

A *root* is the namespace that `""` stands for. A *place* is where a path led: a namespace, a path
in it, and the prefix under which the caller sees that namespace.
"""

from dataclasses import dataclass

from dropally.simulator.auth.identity import Identity
from dropally.simulator.state import access, paths
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.tree import Tree
from dropally.simulator.state.world import World


@dataclass(frozen=True, slots=True)
class Prefix:
    """What the caller sees before the paths of a namespace: `""` for the root's own."""

    lower: str = ""
    display: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path led; the entry may not exist (yet)."""

    tree: Tree
    path: str
    """Within the namespace, in display form as the caller wrote it."""
    prefix: Prefix

    @property
    def path_lower(self) -> str:
        """Within the namespace, for comparison."""
        return paths.lower(self.path)

    @property
    def entry(self) -> Entry | None:
        """What is there; None for nothing and for a namespace's root."""
        return self.tree.get(self.path_lower)

    @property
    def is_root(self) -> bool:
        """Whether it is the root of its namespace."""
        return not self.path


def resolve(world: World, identity: Identity, path: str) -> Place | None:
    """Follow a caller's path (`/a/b`, `ns:1/a`, `""`) through mounts; None where it leads nowhere.

    The last component is not followed: a mount point resolves to its entry. Use `enter` for what
    lies inside.
    """
    root = identity.root_namespace
    if path.startswith("ns:"):
        root, _, path = path.removeprefix("ns:").partition("/")
    if root not in world.trees or not access.can_read(world, identity, root):
        return None
    place = Place(world.trees[root], paths.clean(path), Prefix())
    while (inner := _through_mount(world, identity, place)) is not None:
        place = inner
    return place


def enter(world: World, identity: Identity, place: Place) -> Place:
    """The root of the namespace mounted at a place; the place itself when it is no mount point."""
    entry = place.entry
    if entry is None or not entry.mount or not access.can_read(world, identity, entry.mount):
        return place
    return _inside(world, place, entry.mount, place.path, "")


def _through_mount(world: World, identity: Identity, place: Place) -> Place | None:
    if not place.tree.mounts:
        return None
    for above in paths.ancestors(place.path):
        target = place.tree.mounts.get(paths.lower(above))
        if target is not None and access.can_read(world, identity, target):
            return _inside(world, place, target, above, place.path[len(above) :])
    return None


def _inside(world: World, place: Place, target: str, mount_path: str, rest: str) -> Place:
    mount = place.tree.get(paths.lower(mount_path))
    display = mount.path_display if mount else mount_path
    prefix = Prefix(place.prefix.lower + paths.lower(mount_path), place.prefix.display + display)
    return Place(world.trees[target], rest, prefix)
