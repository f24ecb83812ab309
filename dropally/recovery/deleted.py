"""What once lay in a folder and is deleted by the time of a restore point, and where it still is."""

from datetime import datetime

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.gone import GoneItem, GoneMark, gone_items
from dropally.catalog.items import ItemKind
from dropally.catalog.points import points_with, snapshot_at
from dropally.recovery.context import RecoveryContext
from dropally.recovery.looking import Look, look
from dropally.recovery.trees import as_moment, shown_path


class DeletedItem(msgspec.Struct, frozen=True, kw_only=True):
    """A deleted file or folder as it was last. `last_point` and `path` name it in requests."""

    path: str
    name: str
    kind: ItemKind
    size_bytes: int
    modified: datetime | None
    modified_by: str
    files: int
    folders: int
    last_point: str
    last_time: datetime


class DeletedPage(msgspec.Struct, frozen=True):
    """A page of what is deleted; `next_mark` goes on, None when there is no more."""

    items: list[DeletedItem]
    next_mark: GoneMark | None


def list_deleted(
    ctx: RecoveryContext,
    actor: Actor,
    entity_id: str,
    point_id: str,
    path: str,
    *,
    after: GoneMark | None = None,
    limit: int = 100,
) -> DeletedPage:
    """What was directly in a folder before a restore point and is not there at it.

    What no restore point has any more is left out, so a page may be shorter than its limit.
    Raises NotFoundError, ForbiddenError.
    """
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        stored = opened.stored_path(path)
        place = opened.view.place(stored)
        snapshot = snapshot_at(opened.connection, opened.point, place.namespace)
        rows = (
            gone_items(opened.connection, snapshot, place.path, after=after, limit=limit + 1)
            if snapshot is not None
            else []
        )
        found = [_view(opened, place.namespace, stored, row) for row in rows[:limit]]
        shown, point_time = shown_path(opened, stored), opened.point.time
    ctx.access_log.note(ctx.auth, actor, "browsed", entity, point_time=point_time, path=shown)
    items = [view for view in found if view is not None]
    return DeletedPage(items, rows[limit - 1].mark if len(rows) > limit else None)


def _view(opened: Look, namespace: str, folder: str, row: GoneItem) -> DeletedItem | None:
    """None where every restore point that had it was forgotten, or is not shown to anybody."""
    points = points_with(
        opened.connection,
        opened.entity.team_id,
        namespace,
        row.first_snapshot,
        row.last_snapshot,
    )
    if points is None or points[1].time < opened.entity.shown_from(points[1].time):
        return None
    return DeletedItem(
        path=f"{folder}/{row.key}",
        name=row.state.name,
        kind=row.state.kind,
        size_bytes=row.totals.size_bytes,
        modified=as_moment(row.state.modified),
        modified_by=row.state.author,
        files=row.totals.files,
        folders=row.totals.folders,
        last_point=points[1].id,
        last_time=points[1].time,
    )
