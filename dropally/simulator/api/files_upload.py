"""Uploads: in one request, and the commit that ends every kind of upload."""

from typing import cast

from dropally.simulator.api.files_read import untagged
from dropally.simulator.api.places import writable
from dropally.simulator.api.rendering import Renderer
from dropally.simulator.errors import RouteError, tagged
from dropally.simulator.routing import Answer, Call, Json, route, tag_of
from dropally.simulator.state import edits, upload_sessions
from dropally.simulator.state.clock import parse_epoch
from dropally.simulator.state.edits import EditRefused, FileContent, WriteMode
from dropally.simulator.state.spool import SpooledBody


@route("files/upload")
def upload(call: Call) -> Answer:
    """A file in one request."""
    body = cast(SpooledBody, call.body)
    digest = body.content_hash()
    if call.arg.get("content_hash", digest) != digest:
        raise RouteError.of("content_hash_mismatch")
    try:
        metadata = commit(call, call.arg, FileContent(size=body.size, content_hash=digest))
    except EditRefused as refused:
        # Dropbox offers the bytes it got as a session, so that they need not be sent again.
        session = upload_sessions.start(call.world, "sequential")
        upload_sessions.fill(call.world, session, body, close=False)
        reason = tagged(*refused.tags)
        failed = {"reason": reason, "upload_session_id": session.session_id}
        raise RouteError({".tag": "path"} | failed) from None
    body.store()  # before the next save, so no saved file lacks its bytes
    return metadata


def commit(call: Call, info: Json, content: FileContent) -> Json:
    """Put an uploaded content at its path; the file's metadata. Raises EditRefused."""
    place = writable(call, info["path"])
    client_modified = info.get("client_modified")
    entry = edits.put_file(
        call.world,
        place.ns,
        place.path,
        content,
        author=call.identity.author,
        client_modified=parse_epoch(client_modified) if client_modified else None,
        mode=_mode(info),
    )
    return untagged(Renderer(call.world, call.identity, entry.ns, place.prefix).render(entry))


def _mode(info: Json) -> WriteMode:
    mode = info.get("mode", "add")
    tag = tag_of(mode)
    return WriteMode(
        tag="update" if tag == "update" else "overwrite" if tag == "overwrite" else "add",
        rev=mode["update"] if tag == "update" else "",
        autorename=info.get("autorename", False),
        strict_conflict=info.get("strict_conflict", False),
    )
