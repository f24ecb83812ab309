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
    mounted: bool = True
    """False when the caller has no path at all to the namespace: answers then carry none."""


UNMOUNTED = Prefix(mounted=False)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path led; the entry may not exist (yet)."""

    tree: Tree
    path: str
    """Within the namespace, in display form as the caller wrote it."""
    prefix: Prefix

    @property
    def ns(self) -> str:
        """The namespace."""
        return self.tree.ns_id

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
    """Follow a caller's path through mounts; None where it leads nowhere.

    Takes `""`, `/a/b`, `ns:1/a` and `id:x`, each with a rest. The last component is not followed:
    a mount point resolves to its entry. Use `enter` for what lies inside.
    """
    place = _start(world, identity, path)
    if place is None or not access.can_read(world, identity, place.ns):
        return None
    while (inner := _through_mount(world, identity, place)) is not None:
        place = inner
    return place


def enter(world: World, identity: Identity, place: Place) -> Place:
    """The root of the namespace mounted at a place; the place itself when it is no mount point."""
    entry = place.entry
    if entry is None or not entry.mount or not access.can_read(world, identity, entry.mount):
        return place
    return _inside(world, place, entry, "")


def locate(world: World, identity: Identity, ns: str) -> Prefix:
    """Under which path the caller sees a namespace."""
    pending = [(identity.root_namespace, Prefix())]
    while pending:
        here, prefix = pending.pop()
        if here == ns:
            return prefix
        tree = world.trees.get(here)
        for path_lower, target in tree.mounts.items() if tree else ():
            mount = tree.get(path_lower) if tree else None
            if mount is not None and access.can_read(world, identity, target):
                pending.append((target, below(prefix, mount)))
    return UNMOUNTED


def below(prefix: Prefix, mount: Entry) -> Prefix:
    """The prefix of what is mounted at an entry."""
    return Prefix(prefix.lower + mount.path_lower, prefix.display + mount.path_display)


def _start(world: World, identity: Identity, path: str) -> Place | None:
    if path.startswith("id:"):
        return _place_of_id(world, identity, path)
    prefix, root = Prefix(), identity.root_namespace
    if path.startswith("ns:"):
        root, _, path = path.removeprefix("ns:").partition("/")
    tree = world.trees.get(root)
    return Place(tree, paths.clean(path), prefix) if tree is not None else None


def _place_of_id(world: World, identity: Identity, path: str) -> Place | None:
    item_id, slash, rest = path.partition("/")
    entry = world.find_id(item_id)
    if entry is None:
        return None
    prefix = locate(world, identity, entry.ns)
    return Place(world.trees[entry.ns], paths.clean(entry.path_display + slash + rest), prefix)


def _through_mount(world: World, identity: Identity, place: Place) -> Place | None:
    if not place.tree.mounts:
        return None
    for above in paths.ancestors(place.path):
        mount = place.tree.get(paths.lower(above))
        if mount is None:
            return None
        if mount.mount and access.can_read(world, identity, mount.mount):
            return _inside(world, place, mount, place.path[len(above) :])
    return None


def _inside(world: World, place: Place, mount: Entry, rest: str) -> Place:
    return Place(world.trees[mount.mount], rest, below(place.prefix, mount))
