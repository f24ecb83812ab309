"""Everything that generated contents and trees need to be known by, also after a restart."""

from dropally.simulator.state.contents import ContentSource
from dropally.simulator.state.model import Namespace
from dropally.simulator.state.tree import TreeBase
from dropally.simulator.state.world import World
from dropally.simulator.world.documents.film import FilmContent
from dropally.simulator.world.folder import register_disk_contents
from dropally.simulator.world.streams import StreamContent
from dropally.simulator.world.virtual_spec import parse_part
from dropally.simulator.world.virtual_tree import VirtualTree


def prepare(world: World) -> None:
    """Register all makers of contents and trees; before any state is loaded."""
    world.contents.generate("stream", _open_stream)
    world.contents.generate("film", _open_film)
    register_disk_contents(world)
    world.tree_bases["virtual"] = _virtual_tree


def _open_stream(key: str) -> ContentSource:
    seed, _, size = key.partition(":")
    return StreamContent(bytes.fromhex(seed), int(size))


def _open_film(key: str) -> ContentSource:
    seed, _, size = key.partition(":")
    return FilmContent(bytes.fromhex(seed), int(size))


def _virtual_tree(namespace: Namespace, key: str) -> TreeBase:
    return VirtualTree(namespace.ns_id, parse_part(key))
