"""The basket: items ticked across folders, entities and restore points."""

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from litestar import delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from msgspec import Meta

from dropally.auth.errors import FieldsError
from dropally.recovery import exporting, selections
from dropally.recovery.selections import SelectionView, Tick
from dropally.server.files import disposition
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.problems import documented
from dropally.server.streaming import gathered, in_thread

_TAGS = ["selections"]


class TickedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An item with everything below it. `path` empty: everything. `point_id` may be `latest`.

    With `task_id` in place of `entity_id`: everything of all the task's members and folders.
    """

    entity_id: str = ""
    task_id: str = ""
    point_id: str
    path: Annotated[str, Meta(max_length=8000)] = ""


class SelectionChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Items to put in, to leave out again, or (`clear`) all out."""

    action: Literal["add", "remove", "clear"]
    items: Annotated[list[TickedItem], Meta(max_length=1000)] = []


class SelectedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A row of a selection: an item that is in it, or one that was left out of a folder in it."""

    entity_id: str
    point_id: str
    path: str
    shown: str
    kind: str
    is_included: bool
    files: int
    folders: int
    size_bytes: int


@post(
    "/selections",
    operation_id="create_selection",
    summary="Begin a selection",
    tags=_TAGS,
    status_code=201,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def create_selection(parts: GivenParts, actor: GivenActor) -> SelectionView:
    """It is its maker's, and goes after seven days without use."""
    return selections.create(parts.recovery, actor)


@get(
    "/selections",
    operation_id="list_selections",
    summary="One's selections",
    tags=_TAGS,
    responses=documented(401),
    sync_to_thread=True,
)
def list_selections(parts: GivenParts, actor: GivenActor) -> list[SelectionView]:
    """Newest first."""
    return selections.list_own(parts.recovery, actor)


@get(
    "/selections/{selection_id:str}",
    operation_id="get_selection",
    summary="What a selection comes to",
    tags=_TAGS,
    responses=documented(401, 404),
    sync_to_thread=True,
)
def get_selection(
    parts: GivenParts, actor: GivenActor, selection_id: FromPath[str]
) -> SelectionView:
    """Items ticked, and the files, folders and bytes that makes."""
    return selections.get(parts.recovery, actor, selection_id)


@delete(
    "/selections/{selection_id:str}",
    operation_id="delete_selection",
    summary="Forget a selection",
    tags=_TAGS,
    responses=documented(401, 404),
    sync_to_thread=True,
)
def delete_selection(parts: GivenParts, actor: GivenActor, selection_id: FromPath[str]) -> None:
    """What was begun with it goes on."""
    selections.delete(parts.recovery, actor, selection_id)


@post(
    "/selections/{selection_id:str}/items",
    operation_id="change_selection",
    summary="Tick or untick items",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def change_selection(
    parts: GivenParts,
    actor: GivenActor,
    selection_id: FromPath[str],
    data: JSONBody[SelectionChange],
) -> SelectionView:
    """All of the items, or none when one of them is not there."""
    ticks = [
        Tick(entity_id=item.entity_id, point_id=item.point_id, path=item.path, task_id=item.task_id)
        for item in data.items
    ]
    wrong = [item for item in data.items if bool(item.entity_id) == bool(item.task_id)]
    if wrong or any(item.task_id and item.path for item in data.items):
        raise FieldsError([("items", "each names an entity, or a whole task without a path")])
    if data.action == "clear":
        return selections.clear(parts.recovery, actor, selection_id)
    change = selections.add if data.action == "add" else selections.remove
    return change(parts.recovery, actor, selection_id, ticks)


@get(
    "/selections/{selection_id:str}/items",
    operation_id="list_selected_items",
    summary="The items of a selection",
    tags=_TAGS,
    responses=documented(400, 401, 404),
    sync_to_thread=True,
)
def list_selected_items(
    parts: GivenParts,
    actor: GivenActor,
    selection_id: FromPath[str],
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[SelectedItem]:
    """What has no row here is as the nearest folder above it that has one."""
    rows = selections.list_rows(
        parts.recovery,
        actor,
        selection_id,
        after=decode_cursor(cursor, tuple[str, str, str]),
        limit=limit + 1,
    )
    shown = rows[:limit]
    last = (shown[-1].entity, shown[-1].point, shown[-1].path) if shown else None
    items = [
        SelectedItem(
            entity_id=row.entity,
            point_id=row.point,
            path=row.path,
            shown=row.shown,
            kind=row.kind,
            is_included=row.is_included,
            files=row.files,
            folders=row.folders,
            size_bytes=row.size_bytes,
        )
        for row in shown
    ]
    return Page(items=items, next_cursor=encode_cursor(last) if len(rows) > limit else None)


@get(
    "/selections/{selection_id:str}/zip",
    operation_id="download_selection",
    media_type="application/zip",
    summary="A selection as a zip file, right now",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def download_selection(parts: GivenParts, actor: GivenActor, selection_id: FromPath[str]) -> Stream:
    """Made while it is sent, so nobody knows its length before. A report is inside.

    It cannot be resumed: prepare an export for that.
    """
    made = exporting.stream(parts.recovery, actor, selection_id)
    return Stream(
        in_thread(gathered(made.pieces)),
        media_type="application/zip",
        headers={"Content-Disposition": disposition(made.name)},
    )


handlers: Sequence[HTTPRouteHandler] = (
    create_selection,
    list_selections,
    get_selection,
    delete_selection,
    change_selection,
    list_selected_items,
    download_selection,
)
