"""files/download_zip: a folder as one ZIP file."""

import io
import zipfile
from typing import Final

from dropally.simulator.api.files_read import untagged
from dropally.simulator.api.places import lookup_entry
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, Download, route
from dropally.simulator.state.contents import MemoryContent
from dropally.simulator.state.entry import Entry
from dropally.simulator.state.view import enter

#: Dropbox's limit on files and folders, the folder itself included.
_MAX_ENTRIES: Final = 10_000
#: Dropbox takes folders up to 20 GB; the simulator builds the file in memory and stops earlier.
_MAX_BYTES: Final = 256 * 1024 * 1024
#: The earliest moment that a ZIP file can hold.
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


@route("files/download_zip")
def download_zip(call: Call) -> Download:
    """The folder with all in it, under its own name; what has no bytes to download is left out."""
    place, folder = lookup_entry(call, call.arg["path"], "path")
    if folder.kind != "folder":
        raise RouteError.of("path", "not_folder")
    inside = enter(call.world, call.identity, place)
    entries = list(inside.tree.walk(inside.path_lower))
    if len(entries) >= _MAX_ENTRIES:
        raise RouteError.of("too_many_files")
    if sum(entry.size for entry in entries) > _MAX_BYTES:
        raise RouteError.of("too_large")
    data = _zip(call, folder.name, entries, cut=len(inside.path))
    renderer = Renderer(call.world, call.identity, folder.ns, place.prefix)
    metadata = untagged(renderer.render(folder))
    return Download({"metadata": metadata}, MemoryContent(data), ranged=False)


def _zip(call: Call, top: str, entries: list[Entry], *, cut: int) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as package:
        package.writestr(zipfile.ZipInfo(f"{top}/", _EARLIEST), b"")
        for entry in entries:
            name = top + entry.path_display[cut:]
            if entry.kind == "folder":
                package.writestr(zipfile.ZipInfo(f"{name}/", _EARLIEST), b"")
            elif _has_bytes(call, entry):
                source = call.world.contents.open(entry)
                package.writestr(zipfile.ZipInfo(name, _EARLIEST), source.read(0, source.size))
    return buffer.getvalue()


def _has_bytes(call: Call, entry: Entry) -> bool:
    allowed = entry.content_hash not in call.world.restricted
    return allowed and entry.downloadable and entry.document is None
