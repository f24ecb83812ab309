"""Folders and items of an entity at a restore point, through mounts; answered by the catalog alone."""

from datetime import UTC, datetime

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.items import ItemKind, Totals
from dropally.catalog.listing import BY_NAME, MOST_ROWS, ListedItem, Order, PageMark
from dropally.catalog.member_view import MemberView
from dropally.common.errors import NotFoundError
from dropally.jobs.paths import likely_lower
from dropally.recovery.context import RecoveryContext
from dropally.recovery.looking import Look, look


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A file or folder as lists show it.

    `path` names it in requests (as Dropbox's server lower-cased it); `name` is for people. Of a
    folder, counts and size are of everything below it. `failure` says why a file has no content.
    """

    path: str
    name: str
    kind: ItemKind
    size_bytes: int
    modified: datetime | None
    modified_by: str
    is_mount: bool
    failure: str
    files: int
    folders: int


class FolderView(msgspec.Struct, frozen=True, kw_only=True):
    """The folder that is listed: where it is, and what it holds in all."""

    point_id: str
    point_time: datetime
    path: str
    shown: str
    files: int
    folders: int
    size_bytes: int


class FolderPage(msgspec.Struct, frozen=True):
    """A page of a folder. `next_mark` goes on behind it; None when it is the last."""

    folder: FolderView
    items: list[ItemView]
    next_mark: PageMark | None


def list_folder(
    ctx: RecoveryContext,
    actor: Actor,
    entity_id: str,
    point_id: str,
    path: str,
    *,
    order: Order = BY_NAME,
    after: PageMark | None = None,
    limit: int = MOST_ROWS,
    name_part: str = "",
) -> FolderPage:
    """A page of a folder (F91): folders first, then files. `path` as keys, or as people type it.

    `name_part` leaves only the items whose name has it, whatever the case; the folder's own counts
    stay those of all. Raises NotFoundError, ForbiddenError.
    """
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        stored = opened.stored_path(path)
        shown = shown_path(opened, stored)
        if stored and (found := opened.view.get(stored)) and found.state.kind != "folder":
            raise NotFoundError(f"{shown} is a file, not a folder", hint="ask for the item itself")
        rows = opened.view.list_folder(
            stored,
            order=order,
            after=after,
            limit=limit + 1,
            name_part=likely_lower(name_part.strip()),
        )
        items = [item_view(opened.view, stored, row) for row in rows[:limit]]
        totals = opened.view.totals(stored)
        folder = FolderView(
            point_id=opened.point.id,
            point_time=opened.point.time,
            path=stored,
            shown=shown,
            files=totals.files,
            folders=totals.folders,
            size_bytes=totals.size_bytes,
        )
    ctx.access_log.note(
        ctx.auth, actor, "browsed", entity, point_time=folder.point_time, path=folder.shown
    )
    return FolderPage(folder, items, rows[limit - 1].mark if len(rows) > limit else None)


def get_item(
    ctx: RecoveryContext, actor: Actor, entity_id: str, point_id: str, path: str
) -> ItemView:
    """One item. Raises NotFoundError, ForbiddenError."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        found = located(opened, path)
        point_time = opened.point.time
    ctx.access_log.note(ctx.auth, actor, "browsed", entity, point_time=point_time, path=found.path)
    return found


def located(opened: Look, path: str) -> ItemView:
    """The item at a path; the root is a folder by the entity's name. Raises NotFoundError."""
    stored = opened.stored_path(path)
    if not stored:
        return _as_folder("", opened.entity.name, opened.view.totals(""))
    row = opened.view.get(stored)
    if row is None:
        raise NotFoundError(f"{opened.entity.name} has no {path} at this restore point")
    return item_view(opened.view, stored.rpartition("/")[0], row)


def item_view(view: MemberView, folder: str, row: ListedItem) -> ItemView:
    """A row of a listing, as people see it."""
    path, state = f"{folder}/{row.key}", row.state
    totals = row.totals if row.totals is not None else Totals(1, 0, state.size_bytes)
    if state.mount:
        totals = view.totals(path)
    return ItemView(
        path=path,
        name=state.name or row.key,
        kind=state.kind,
        size_bytes=totals.size_bytes,
        modified=as_moment(state.modified),
        modified_by=state.author,
        is_mount=bool(state.mount),
        failure=state.failure,
        files=totals.files,
        folders=totals.folders,
    )


def shown_path(opened: Look, stored: str) -> str:
    """A path as people write it; "" for the root."""
    shown, path = "", ""
    for key in stored.split("/")[1:]:
        path = f"{path}/{key}"
        row = opened.view.get(path)
        shown = f"{shown}/{row.state.name or key if row else key}"
    return shown


def as_moment(seconds: int | None) -> datetime | None:
    """A modification time; None where there is none, or none that a calendar has."""
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _as_folder(path: str, name: str, totals: Totals) -> ItemView:
    return ItemView(
        path=path,
        name=name,
        kind="folder",
        size_bytes=totals.size_bytes,
        modified=None,
        modified_by="",
        is_mount=False,
        failure="",
        files=totals.files,
        folders=totals.folders,
    )
