"""Exports: downloads that are prepared, and files in a folder of this machine."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from msgspec import Meta

from dropally.recovery import downloads, exporting
from dropally.recovery.downloads import DownloadLink, DownloadView
from dropally.recovery.exporting import ExportRequest
from dropally.recovery.looking import LATEST_MOMENT
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started

_TAGS = ["exports"]


class ExportWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to export, and whether to a zip file that waits or into a folder of this machine.

    `part_bytes`: begin another zip file when one has grown that long; 0 makes one.
    """

    selection_id: str
    to: Literal["download", "folder"] = "download"
    part_bytes: Annotated[int, Meta(ge=0)] = 0
    folder: Annotated[str, Meta(max_length=4000)] = ""


@post(
    "/exports",
    operation_id="start_export",
    summary="Export a selection",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def start_export(
    parts: GivenParts,
    actor: GivenActor,
    data: JSONBody[ExportWish],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """A job of the kind `export`. When a download is ready, who asked for it gets its link by mail."""
    request = ExportRequest(
        selection_id=data.selection_id,
        to=data.to,
        part_bytes=data.part_bytes,
        folder=data.folder,
    )
    return started(exporting.start(parts.recovery, actor, request))


@get(
    "/exports",
    operation_id="list_downloads",
    summary="Prepared downloads",
    tags=_TAGS,
    responses=documented(400, 401, 403),
    sync_to_thread=True,
)
def list_downloads(
    parts: GivenParts, actor: GivenActor, cursor: Cursor = "", limit: Limit = DEFAULT_PAGE
) -> Page[DownloadView]:
    """One's own, newest first; everybody's for who may export everything."""
    before = decode_cursor(cursor, datetime) or LATEST_MOMENT
    rows = downloads.list_downloads(parts.recovery, actor, before, limit=limit + 1)
    shown = rows[:limit]
    more = encode_cursor(shown[-1].created) if len(rows) > limit else None
    return Page(items=shown, next_cursor=more)


@get(
    "/exports/{download_id:str}",
    operation_id="get_download",
    summary="A prepared download",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_download(parts: GivenParts, actor: GivenActor, download_id: FromPath[str]) -> DownloadView:
    """Its files with sizes and SHA-256; the job's result names it."""
    return downloads.get_download(parts.recovery, actor, download_id)


@post(
    "/exports/{download_id:str}/link",
    operation_id="create_download_link",
    summary="A new link to a prepared download",
    tags=_TAGS,
    status_code=201,
    responses=documented(401, 403, 404, 410),
    sync_to_thread=True,
)
def create_link(parts: GivenParts, actor: GivenActor, download_id: FromPath[str]) -> DownloadLink:
    """The link before, such as that in the mail, works no more. It is shown this once."""
    return downloads.make_link(parts.recovery, actor, download_id)


@delete(
    "/exports/{download_id:str}",
    operation_id="delete_download",
    summary="Delete a prepared download",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def delete_download(parts: GivenParts, actor: GivenActor, download_id: FromPath[str]) -> None:
    """Its files go now, and its link says so."""
    downloads.delete_download(parts.recovery, actor, download_id)


handlers: Sequence[HTTPRouteHandler] = (
    start_export,
    list_downloads,
    get_download,
    create_link,
    delete_download,
)
