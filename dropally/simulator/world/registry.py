"""Everything that generated contents and trees need to be known by, also after a restart."""

from dropally.simulator.control import pages as control_pages
from dropally.simulator.control.edits import EditAction
from dropally.simulator.state.contents import ContentSource
from dropally.simulator.state.listing import decode_cursor
from dropally.simulator.state.model import Namespace
from dropally.simulator.state.tree import TreeBase
from dropally.simulator.state.world import World
from dropally.simulator.world.documents.film import FilmContent
from dropally.simulator.world.folder import register_disk_contents
from dropally.simulator.world.streams import StreamContent
from dropally.simulator.world.virtual_spec import parse_part
from dropally.simulator.world.virtual_tree import VirtualTree

__all__ = ["control_pages", "prepare"]


def prepare(world: World) -> None:
    """Register all makers of contents and trees; before any state is loaded."""
    world.contents.generate("stream", _open_stream)
    world.contents.generate("film", _open_film)
    register_disk_contents(world)
    world.tree_bases["virtual"] = _virtual_tree
    world.faults.more_actions["edit"] = EditAction
    world.faults.namespace_of_cursor = _namespace_of_cursor


def _open_stream(key: str) -> ContentSource:
    seed, _, size = key.partition(":")
    return StreamContent(bytes.fromhex(seed), int(size))


def _open_film(key: str) -> ContentSource:
    seed, _, size = key.partition(":")
    return FilmContent(bytes.fromhex(seed), int(size))


def _virtual_tree(namespace: Namespace, key: str) -> TreeBase:
    return VirtualTree(namespace.ns_id, parse_part(key))


def _namespace_of_cursor(cursor: str) -> str:
    try:
        return decode_cursor(cursor).sources[0].ns
    except ValueError:
        return ""
