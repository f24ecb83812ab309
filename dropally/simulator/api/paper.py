"""files/paper/create and update: Paper pages from Markdown, HTML or text."""

from typing import Any, cast

import msgspec

from dropally.simulator.api.places import lookup_file, writable
from dropally.simulator.errors import RouteError
from dropally.simulator.routing import Call, route, tag_of
from dropally.simulator.state import edits
from dropally.simulator.state.edits import EditRefused, FileContent, WriteMode
from dropally.simulator.state.entry import CloudDocument, Entry
from dropally.simulator.state.paper import PaperContentError, to_markdown
from dropally.simulator.state.spool import SpooledBody
from dropally.simulator.state.view import Prefix

Json = dict[str, Any]

#: The most bytes that Dropbox takes for one page.
_MAX_PAGE = 1024 * 1024
_NEW_PAGE = CloudDocument("markdown", ("markdown", "html", "plain_text"), paper_revision=1)


@route("files/paper/create")
def create(call: Call) -> Json:
    """A new page; a name that is taken gets a number."""
    path = call.arg["path"]
    if not path.lower().endswith(".paper"):
        raise RouteError.of("invalid_file_extension")
    page = _page(call, _NEW_PAGE)
    try:
        place = writable(call, path)
        entry = edits.put_file(
            call.world,
            place.ns,
            place.path,
            page,
            author=call.identity.author,
            mode=WriteMode(tag="add", autorename=True, strict_conflict=True),
        )
    except EditRefused as refused:
        unwritable = refused.tags == ("no_write_permission",)
        raise RouteError.of("insufficient_permissions" if unwritable else "invalid_path") from None
    return {
        "url": f"https://www.dropbox.com/scl/fi/{entry.id[3:]}/{entry.rev}",
        "result_path": _result_path(place.prefix, entry),
        "file_id": entry.id,
        "paper_revision": 1,
    }


@route("files/paper/update")
def update(call: Call) -> Json:
    """Replace a page, or add to it; `update` must name the newest revision."""
    _, entry = lookup_file(call, call.arg["path"], "path")
    if entry.document is None or not entry.document.paper_revision:
        raise RouteError.of("path", "not_file")
    policy = tag_of(call.arg["doc_update_policy"])
    newest = entry.document.paper_revision
    if policy == "update" and call.arg.get("paper_revision") != newest:
        raise RouteError.of("revision_mismatch")
    document = msgspec.structs.replace(entry.document, paper_revision=newest + 1)
    page = _page(call, document, around=_around(call, entry, policy))
    try:
        edits.put_file(call.world, entry.ns, entry.path_display, page, author=call.identity.author)
    except EditRefused:
        raise RouteError.of("insufficient_permissions") from None
    return {"paper_revision": newest + 1}


def _page(
    call: Call, document: CloudDocument, around: tuple[bytes, bytes] = (b"", b"")
) -> FileContent:
    """The page in the body, stored. Raises RouteError (PaperContentError's tags)."""
    body = cast(SpooledBody, call.body)
    if body.size > _MAX_PAGE:
        raise RouteError.of("doc_length_exceeded")
    try:
        markdown = to_markdown(body.read(0, body.size), tag_of(call.arg["import_format"]))
    except PaperContentError:
        raise RouteError.of("content_malformed") from None
    data = around[0] + markdown + around[1]
    digest = call.world.contents.add(data)
    return FileContent(size=len(data), content_hash=digest, document=document)


def _around(call: Call, entry: Entry, policy: str) -> tuple[bytes, bytes]:
    """What stays of the old page before and after the new one."""
    source = call.world.contents.open(entry)
    old = bytes(source.read(0, source.size))
    if policy == "append":
        return old + b"\n", b""
    return (b"", b"\n" + old) if policy == "prepend" else (b"", b"")


def _result_path(prefix: Prefix, entry: Entry) -> str:
    return prefix.display + entry.path_display
