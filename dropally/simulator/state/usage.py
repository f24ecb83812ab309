"""How many bytes lie in a namespace."""

from dropally.simulator.state.tree import Tree
from dropally.simulator.state.world import World


def namespace_size(world: World, ns: str) -> int:
    """The sizes of all live files in one namespace, what is mounted in it left out.

    Generated trees of millions of files are not walked: they count as a whole, with what was
    written since added. Dropbox's own figure is a cached one too.
    """
    tree = world.trees.get(ns)
    if tree is None:
        return 0
    if tree.base is not None:
        return tree.base.size_bytes + _written(tree)
    return sum(entry.size for entry in tree.walk("") if entry.kind == "file")


def _written(tree: Tree) -> int:
    newest = {entry.path_lower: entry for entry in tree.journal.entries}
    return sum(entry.size for path, entry in newest.items() if tree.get(path) is entry)
