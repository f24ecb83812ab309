"""Reading files: metadata, revisions, bytes."""

import json

from dropally.simulator.api.places import lookup, lookup_entry, lookup_file, refuse_slash
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Answer, Call, Download, Json, RawJson, route, tag_of
from dropally.simulator.state.clock import format_epoch
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.view import Place, Prefix, locate, resolve


@route("files/get_metadata")
def get_metadata(call: Call) -> Answer:
    """The metadata of one file or folder, or on request the trace of its deletion."""
    path = call.arg["path"]
    if path.startswith("rev:"):
        place, entry = lookup_file(call, path, "path")
    elif call.arg.get("include_deleted") and (grave := _grave(call, path)) is not None:
        place, entry = grave
    else:
        place, entry = lookup_entry(call, path, "path")
    renderer = Renderer(call.world, call.identity, entry.ns, place.prefix)
    renderer.explicit_members = bool(call.arg.get("include_has_explicit_shared_members"))
    return RawJson(renderer.render(entry))


@route("files/list_revisions")
def list_revisions(call: Call) -> Answer:
    """Revisions of a file, newest first: of a path, or of an id wherever it was."""
    by_id = tag_of(call.arg.get("mode"), "path") == "id"
    past, trace, prefix = _past_of_id(call) if by_id else _past_of_path(call)
    newest_first = past[::-1]
    before = call.arg.get("before_rev")
    if before is not None and not by_id:
        newest_first = [entry for entry in newest_first if entry.rev < before]
    limit = call.arg.get("limit", 10)
    renderer = Renderer(call.world, call.identity, past[0].ns, prefix)
    result: Json = {
        "is_deleted": trace is not None,
        "entries": [untagged(renderer.render(entry)) for entry in newest_first[:limit]],
        "has_more": len(newest_first) > limit,
    }
    if trace is not None:
        result["server_deleted"] = format_epoch(trace.server_modified)
    return result


@route("files/download")
def download(call: Call) -> Answer:
    """The bytes of a file."""
    place, entry = lookup_file(call, call.arg["path"], "path")
    if entry.content_hash in call.world.restricted:
        raise RouteError.of("path", "restricted_content")
    if entry.document is not None or not entry.downloadable:
        raise RouteError.of("unsupported_file")
    renderer = Renderer(call.world, call.identity, entry.ns, place.prefix)
    return Download(untagged(renderer.render(entry)), call.world.contents.open(entry))


def untagged(rendered: bytes) -> Json:
    """Metadata where the type is known, so Dropbox sends no `.tag`."""
    metadata: Json = json.loads(rendered)
    metadata.pop(".tag", None)
    return metadata


def _grave(call: Call, path: str) -> tuple[Place, Entry] | None:
    """The trace of a deletion, when nothing is there now."""
    refuse_slash(call, path)
    place = resolve(call.world, call.identity, path)
    grave = place.tree.graves.get(place.path_lower) if place else None
    return (place, grave) if place is not None and grave is not None else None


Past = tuple[list[Entry], Entry | None, Prefix]


def _past_of_path(call: Call) -> Past:
    path = call.arg["path"]
    if path.startswith("rev:"):
        place, _ = lookup_file(call, path, "path")
    elif (grave := _grave(call, path)) is not None:
        place = grave[0]
    else:
        place = lookup(call, path, "path")
    live = place.entry
    if live is not None and live.kind != "file":
        raise RouteError.of("path", "not_file")
    past = place.tree.past.get(place.path_lower) or ([live] if live else [])
    if not past:
        raise RouteError.of("path", "not_file")  # a deleted folder, or a root
    return past, None if live else place.tree.graves.get(place.path_lower), place.prefix


def _past_of_id(call: Call) -> Past:
    item_id = call.arg["path"]
    past = call.world.histories.get(item_id)
    if not past:
        place, entry = lookup_file(call, item_id, "path")
        return call.world.histories.get(entry.id, [entry]), None, place.prefix
    last = past[-1]
    live = call.world.find_id(item_id)
    trace = None if live else call.world.trees[last.ns].graves.get(last.path_lower)
    return past, trace, locate(call.world, call.identity, last.ns)
