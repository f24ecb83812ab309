"""files/export: the bytes of documents that only exist in Dropbox."""

from typing import Any

from dropally.simulator.api.cloud_exports import export_document
from dropally.simulator.api.files_read import untagged
from dropally.simulator.api.places import lookup_file
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.content_hash import content_hash
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, Download, route
from dropally.simulator.state.contents import MemoryContent

Json = dict[str, Any]


@route("files/export")
def export(call: Call) -> Download:
    """A Paper page or Google document in one of the formats it can be exported to."""
    place, entry = lookup_file(call, call.arg["path"], "path")
    if entry.content_hash in call.world.restricted:
        raise RouteError.of("path", "restricted_content")
    made = export_document(call.world, entry, call.arg.get("export_format"))
    exported: Json = {
        "name": made.name,
        "size": len(made.data),
        "export_hash": content_hash(made.data),
    }
    if made.paper_revision is not None:
        exported["paper_revision"] = made.paper_revision
    renderer = Renderer(call.world, call.identity, entry.ns, place.prefix)
    result = {"export_metadata": exported, "file_metadata": untagged(renderer.render(entry))}
    return Download(result, MemoryContent(made.data))
