"""Changing single files and folders: create, delete, move, copy, restore."""

from typing import Literal

from dropally.simulator.api.files_read import untagged
from dropally.simulator.api.places import lookup_entry, refusals, writable
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Answer, Call, Json, route
from dropally.simulator.state import access, edits, relocation
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.view import Prefix


@route("files/create_folder_v2")
def create_folder(call: Call) -> Answer:
    """Make a folder."""
    autorename = call.arg.get("autorename", False)
    return {"metadata": create_one_folder(call, call.arg["path"], autorename=autorename)}


@route("files/delete_v2")
def delete(call: Call) -> Answer:
    """Delete a file, or a folder with all in it."""
    return {"metadata": delete_one(call, call.arg)}


@route("files/move_v2")
def move(call: Call) -> Answer:
    """Move or rename."""
    return {"metadata": relocate_one(call, call.arg, "move", call.arg.get("autorename", False))}


@route("files/copy_v2")
def copy(call: Call) -> Answer:
    """Copy."""
    return {"metadata": relocate_one(call, call.arg, "copy", call.arg.get("autorename", False))}


@route("files/restore")
def restore(call: Call) -> Answer:
    """Bring an earlier revision back to a path."""
    revision = call.world.find_rev(call.arg["rev"])
    if revision is None or not access.can_read(call.world, call.identity, revision.ns):
        raise RouteError.of("invalid_revision")
    with refusals("path_write"):
        place = writable(call, call.arg["path"])
        entry = relocation.restore(
            call.world, place.ns, place.path, revision, author=call.identity.author
        )
    return untagged(Renderer(call.world, call.identity, entry.ns, place.prefix).render(entry))


def create_one_folder(call: Call, path: str, *, autorename: bool) -> Json:
    """The new folder's metadata. Raises RouteError `path/...`."""
    with refusals("path"):
        place = writable(call, path)
        entry = edits.create_folder(
            call.world, place.ns, place.path, author=call.identity.author, autorename=autorename
        )
    return untagged(Renderer(call.world, call.identity, entry.ns, place.prefix).render(entry))


def delete_one(call: Call, arg: Json) -> Json:
    """The metadata of what was deleted. Raises RouteError `path_lookup/...`, `path_write/...`."""
    place, entry = lookup_entry(call, arg["path"], "path_lookup")
    parent_rev = arg.get("parent_rev")
    if parent_rev is not None and entry.rev != parent_rev:
        raise RouteError.of("path_write", "conflict", entry.kind)
    if not access.can_write(call.world, call.identity, place.ns):
        raise RouteError.of("path_write", "no_write_permission")
    if _is_team_folder(call, entry):
        raise RouteError.of("path_write", "team_folder")
    metadata = tagged_metadata(call, entry, place.prefix)
    with refusals("path_lookup"):
        edits.delete(call.world, place.ns, entry.path_display, author=call.identity.author)
    return metadata


def relocate_one(call: Call, arg: Json, how: Literal["move", "copy"], autorename: bool) -> Json:
    """Move or copy `from_path` to `to_path`; the metadata there. Raises RouteError."""
    source_place, source = lookup_entry(call, arg["from_path"], "from_lookup")
    may_take = how == "copy" or access.can_write(call.world, call.identity, source_place.ns)
    if not may_take:
        raise RouteError.of("from_write", "no_write_permission")
    if how == "move" and _is_team_folder(call, source):
        raise RouteError.of("from_write", "team_folder")
    with refusals("to"):
        target = writable(call, arg["to_path"])
    with refusals():
        entry = relocation.relocate(
            call.world,
            source,
            target.ns,
            target.path,
            how=how,
            author=call.identity.author,
            autorename=autorename,
        )
    return tagged_metadata(call, entry, target.prefix)


def tagged_metadata(call: Call, entry: Entry, prefix: Prefix) -> Json:
    """Metadata where the type is open: with its `.tag`."""
    rendered = Renderer(call.world, call.identity, entry.ns, prefix).render(entry)
    return {".tag": entry.kind} | untagged(rendered)


def _is_team_folder(call: Call, entry: Entry) -> bool:
    mounted = call.world.namespaces.get(entry.mount)
    return mounted is not None and mounted.kind == "team_folder"
