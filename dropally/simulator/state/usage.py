"""How many bytes lie in a namespace."""

from dropally.simulator.state.world import World


def namespace_size(world: World, ns: str) -> int:
    """The sizes of all live files in one namespace, what is mounted in it left out."""
    tree = world.trees.get(ns)
    if tree is None:
        return 0
    return sum(entry.size for entry in tree.walk("") if entry.kind == "file")
