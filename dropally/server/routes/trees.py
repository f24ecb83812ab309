"""Folders of an entity at a restore point, and what differs between two of them."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, QueryParameter

from dropally.catalog.gone import GoneMark
from dropally.catalog.listing import Order, PageMark, SortBy
from dropally.recovery import history, trees
from dropally.recovery.deleted import DeletedItem, list_deleted
from dropally.recovery.history import DifferenceMark, DifferenceView
from dropally.recovery.trees import FolderView, ItemView
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.problems import documented

_TAGS = ["browsing"]
ItemPath = Annotated[
    str,
    QueryParameter(
        name="path",
        max_length=8000,
        description="As lists give it, or as people write it; empty for everything.",
    ),
]

NamePart = Annotated[str, QueryParameter(name="q", max_length=255, description="A part of a name.")]


class FolderPage(msgspec.Struct, frozen=True, kw_only=True):
    """A page of a folder."""

    folder: FolderView
    items: list[ItemView]
    next_cursor: str | None


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/tree",
    operation_id="list_folder",
    summary="What lies in a folder at a restore point",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_folder(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    path: ItemPath = "",
    sort: FromQuery[SortBy] = "name",
    order: FromQuery[Literal["asc", "desc"]] = "asc",
    q: NamePart = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> FolderPage:
    """Folders first, by name; then files as sorted. `latest` may stand for the restore point.

    `q` leaves only the items directly in this folder whose name has it, whatever the case.
    """
    page = trees.list_folder(
        parts.recovery,
        actor,
        entity_id,
        point_id,
        path,
        order=Order(sort, order == "desc"),
        after=decode_cursor(cursor, PageMark),
        limit=limit,
        name_part=q,
    )
    more = encode_cursor(page.next_mark) if page.next_mark is not None else None
    return FolderPage(folder=page.folder, items=page.items, next_cursor=more)


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/deleted",
    operation_id="list_deleted",
    summary="What is deleted from a folder by a restore point",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_deleted_items(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    path: ItemPath = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[DeletedItem]:
    """Each as it was last; `last_point` is the newest restore point that still has it."""
    page = list_deleted(
        parts.recovery,
        actor,
        entity_id,
        point_id,
        path,
        after=decode_cursor(cursor, GoneMark),
        limit=limit,
    )
    more = encode_cursor(page.next_mark) if page.next_mark is not None else None
    return Page(items=page.items, next_cursor=more)


@get(
    "/entities/{entity_id:str}/points/{point_id:str}/differences",
    operation_id="list_differences",
    summary="What changed below a folder since another restore point",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def list_differences(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    point_id: FromPath[str],
    since: FromQuery[str],
    path: ItemPath = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[DifferenceView]:
    """`since` is the older restore point."""
    page = history.list_differences(
        parts.recovery,
        actor,
        entity_id,
        since,
        point_id,
        path,
        after=decode_cursor(cursor, DifferenceMark),
        limit=limit,
    )
    more = encode_cursor(page.next_mark) if page.next_mark is not None else None
    return Page(items=page.differences, next_cursor=more)


handlers: Sequence[HTTPRouteHandler] = (list_folder, list_deleted_items, list_differences)
