"""Single items of an entity: what they are, their versions, their bytes."""

from collections.abc import Sequence
from typing import Annotated, Literal

from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, HeaderParameter
from litestar.response import Stream

from dropally.recovery import content, history, trees
from dropally.recovery.details import ItemDetails, get_details
from dropally.recovery.history import VersionView
from dropally.recovery.trees import ItemView
from dropally.server.files import SentFile, Wanted, send
from dropally.server.given import GivenActor, GivenParts
from dropally.server.problems import documented
from dropally.server.routes.trees import ItemPath

_TAGS = ["items"]
Range = Annotated[str, HeaderParameter(name="Range", description="One range of bytes.")]
IfRange = Annotated[str, HeaderParameter(name="If-Range", description="The ETag seen before.")]
IfNoneMatch = Annotated[str, HeaderParameter(name="If-None-Match", description="ETags known.")]


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/item",
    operation_id="get_item",
    summary="One file or folder at a restore point",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_item(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    path: ItemPath = "",
) -> ItemView:
    """Folders with what is below them."""
    return trees.get_item(parts.recovery, actor, entity_id, point_id, path)


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/details",
    operation_id="get_item_details",
    summary="Everything known about one file or folder",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_item_details(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    path: ItemPath = "",
) -> ItemDetails:
    """With Dropbox's content hash, the revision, and who changed it; read from the repository."""
    return get_details(parts.recovery, actor, entity_id, point_id, path)


@get(
    "/entities/{entity_id:str}/versions",
    operation_id="list_versions",
    summary="Every version of a file",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def list_versions(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    path: ItemPath = "",
    point: FromQuery[str] = "latest",
) -> list[VersionView]:
    """Newest first, also of a file that is deleted by now. `last_point` and `path` name a version.

    `point` is a restore point that has the file's folder.
    """
    return history.list_versions(parts.recovery, actor, entity_id, path, point)


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/content",
    operation_id="get_content",
    summary="The bytes of a file at a restore point",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 416),
    sync_to_thread=True,
)
def get_content(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    path: ItemPath = "",
    export_format: FromQuery[str] = "",
    use: FromQuery[Literal["download", "preview"]] = "download",
    wanted_range: Range = "",
    if_range: IfRange = "",
    if_none_match: IfNoneMatch = "",
) -> Stream | Response[None]:
    """Checked while it is sent: wrong bytes break the connection. Ranges are answered.

    `export_format` chooses among those of a cloud document. `use=preview` asks for another
    permission, and shows pictures, PDF and text in the browser.
    """
    found = content.open_file(
        parts.recovery,
        actor,
        entity_id,
        point_id,
        path,
        export_format=export_format,
        is_preview=use == "preview",
    )
    sent = SentFile(found.name, found.size_bytes, found.etag, found.modified, found.pieces)
    wanted = Wanted(wanted_range, if_range, if_none_match)
    return send(sent, wanted, is_shown=use == "preview")


handlers: Sequence[HTTPRouteHandler] = (get_item, get_item_details, list_versions, get_content)
