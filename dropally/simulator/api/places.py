"""From the paths in an argument to places, and from refused edits to Dropbox's errors."""

from collections.abc import Iterator
from contextlib import contextmanager

from dropally.simulator import schema
from dropally.simulator.errors import BadRequest, RouteError, tagged
from dropally.simulator.routing import Call
from dropally.simulator.state import access, paths
from dropally.simulator.state.edits import EditRefused
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.view import Place, enter, locate, resolve


def refuse_slash(call: Call, path: str) -> None:
    """`"/"` is not how one names the root. Raises BadRequest."""
    if path == "/":
        raise BadRequest(
            f"{schema.complaint(call.route)} request body: path: Specify the root folder as an"
            ' empty string rather than as "/".'
        )


def lookup(call: Call, path: str, *tags: str) -> Place:
    """The place of something that exists, or a namespace's root.

    Raises RouteError with `tags` (such as `"path"`) around Dropbox's LookupError.
    """
    refuse_slash(call, path)
    if not paths.is_well_formed(path):
        raise RouteError.of(*tags, "malformed_path")
    place = resolve(call.world, call.identity, path)
    if place is None or not (place.is_root or _is_seen(call, place.entry)):
        raise RouteError.of(*tags, "not_found")
    return place


def _is_seen(call: Call, entry: Entry | None) -> bool:
    """Other people's homes in a team space are mounted there, but only their owners see them."""
    if entry is None or not entry.mount:
        return entry is not None
    return access.can_read(call.world, call.identity, entry.mount)


def lookup_entry(call: Call, path: str, *tags: str) -> tuple[Place, Entry]:
    """Like `lookup`, for what has metadata: roots have none."""
    place = lookup(call, path, *tags)
    entry = place.entry
    if entry is None:
        raise BadRequest(
            f"{schema.complaint(call.route)} request body: path: The root folder is unsupported."
        )
    return place, entry


def lookup_folder(call: Call, path: str, *tags: str) -> Place:
    """The place of a folder's content, behind its mount point if it is one."""
    place = lookup(call, path, *tags)
    if place.entry is not None and place.entry.kind != "folder":
        raise RouteError.of(*tags, "not_folder")
    return enter(call.world, call.identity, place)


def lookup_file(call: Call, path: str, *tags: str) -> tuple[Place, Entry]:
    """The place and entry of a file; also by `rev:`, then the entry is that revision."""
    if path.startswith("rev:"):
        entry = call.world.find_rev(path.removeprefix("rev:"))
        if entry is None or not access.can_read(call.world, call.identity, entry.ns):
            raise RouteError.of(*tags, "not_found")
        prefix = locate(call.world, call.identity, entry.ns)
        return Place(call.world.trees[entry.ns], entry.path_display, prefix), entry
    place, entry = lookup_entry(call, path, *tags)
    if entry.kind != "file":
        raise RouteError.of(*tags, "not_file")
    return place, entry


def writable(call: Call, path: str) -> Place:
    """A place that may be written to, whether or not something is there.

    Raises EditRefused with the tags of Dropbox's WriteError.
    """
    if not paths.is_well_formed(path) or path in ("", "/"):
        raise EditRefused("malformed_path")
    place = resolve(call.world, call.identity, path)
    if place is None or not access.can_write(call.world, call.identity, place.ns):
        raise EditRefused("no_write_permission")
    if place.is_root:
        raise EditRefused("malformed_path")
    if not all(paths.is_allowed_name(part) for part in place.path.split("/") if part):
        raise EditRefused("disallowed_name")
    return place


@contextmanager
def refusals(*tags: str) -> Iterator[None]:
    """Turn an EditRefused inside into a RouteError with `tags` in front."""
    try:
        yield
    except EditRefused as refused:
        raise RouteError(tagged(*tags, *refused.tags)) from None
