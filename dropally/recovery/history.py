"""What happened to items over time: a file's versions, and what differs between two dates."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.differences import Change, Difference, differences
from dropally.catalog.items import ItemKind, ItemState
from dropally.catalog.points import points_with, snapshot_at
from dropally.catalog.versions import Version, file_versions
from dropally.common.errors import NotFoundError, UsageError
from dropally.recovery.context import RecoveryContext
from dropally.recovery.entities import RecoverableEntity
from dropally.recovery.looking import Look, look
from dropally.recovery.trees import as_moment, shown_path


class VersionView(msgspec.Struct, frozen=True, kw_only=True):
    """One version of a file: what it is like, and the first and last restore point that has it.

    `path` and `last_point` name it in requests. `is_current`: the newest restore point has it.
    """

    path: str
    name: str
    kind: ItemKind
    size_bytes: int
    modified: datetime | None
    modified_by: str
    failure: str
    first_point: str
    first_time: datetime
    last_point: str
    last_time: datetime
    is_current: bool


class StateView(msgspec.Struct, frozen=True, kw_only=True):
    """What an item was like at one of two dates.

    Equal `content_id`s mean equal contents: a file that is removed here and added there with the
    same one was moved. Empty where there is no content.
    """

    name: str
    kind: ItemKind
    size_bytes: int
    modified: datetime | None
    content_id: str


class DifferenceView(msgspec.Struct, frozen=True, kw_only=True):
    """One item that differs between two restore points."""

    change: Change
    path: str
    shown: str
    before: StateView | None
    after: StateView | None


class DifferenceMark(NamedTuple):
    """The last difference of a page: the folder, or mount below it, and the path within that."""

    mount: str
    path: str


class DifferencePage(msgspec.Struct, frozen=True):
    """Differences in the order of paths, mounted folders after what is around them."""

    differences: list[DifferenceView]
    next_mark: DifferenceMark | None


def list_versions(
    ctx: RecoveryContext, actor: Actor, entity_id: str, path: str, point_id: str = "latest"
) -> list[VersionView]:
    """Every version of a file, newest first, also of one that is deleted by now.

    `point_id` is one at which the path's folder is there: it says what is mounted where.
    Raises NotFoundError, ForbiddenError.
    """
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        stored = _maybe_gone(opened, path)
        place = opened.view.place(stored)
        rows = file_versions(opened.connection, place.namespace, place.path)
        found = [
            view
            for row in rows
            if (view := _version(opened.connection, entity, place.namespace, stored, row))
        ]
    if not found:
        raise NotFoundError(
            f"no restore point has a file {path} of {entity.name}",
            hint="a folder has no versions: compare two restore points instead",
        )
    ctx.access_log.note(ctx.auth, actor, "browsed", entity, path=stored)
    return found


def _maybe_gone(opened: Look, path: str) -> str:
    """The stored path; of what is gone at this point, as it was asked for."""
    try:
        return opened.stored_path(path)
    except NotFoundError:
        folder, _, key = path.rpartition("/")
        try:
            return f"{opened.stored_path(folder)}/{key}"
        except NotFoundError:
            return path


def _version(
    connection: sqlite3.Connection,
    entity: RecoverableEntity,
    namespace: str,
    path: str,
    row: Version,
) -> VersionView | None:
    points = points_with(
        connection, entity.team_id, namespace, row.first_snapshot, row.last_snapshot
    )
    if points is None:  # of a run that did not come to its restore point
        return None
    first, last = points
    return VersionView(
        path=path,
        name=row.state.name,
        kind=row.state.kind,
        size_bytes=row.state.size_bytes,
        modified=as_moment(row.state.modified),
        modified_by=row.state.author,
        failure=row.state.failure,
        first_point=first.id,
        first_time=first.time,
        last_point=last.id,
        last_time=last.time,
        is_current=row.is_current,
    )


def list_differences(
    ctx: RecoveryContext,
    actor: Actor,
    entity_id: str,
    older_id: str,
    newer_id: str,
    path: str,
    *,
    after: DifferenceMark | None = None,
    limit: int = 100,
) -> DifferencePage:
    """What differs below a folder between two restore points, mounted folders included.

    A folder that is mounted at one of the two dates only is one difference: the mount itself.
    Raises NotFoundError, UsageError for the wrong order, ForbiddenError.
    """
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, newer_id) as newer, look(ctx, entity, older_id) as older:
        if older.point.number > newer.point.number:
            raise UsageError("the first restore point is the newer one", hint="swap the two")
        stored = newer.stored_path(path)
        found = _differences(newer, older, stored, after, limit + 1)
        point_time = newer.point.time
    ctx.access_log.note(ctx.auth, actor, "compared", entity, point_time=point_time, path=stored)
    page = found[:limit]
    return DifferencePage([view for _, view in page], page[-1][0] if len(found) > limit else None)


def _differences(
    newer: Look, older: Look, top: str, after: DifferenceMark | None, limit: int
) -> list[tuple[DifferenceMark, DifferenceView]]:
    found: list[tuple[DifferenceMark, DifferenceView]] = []
    mounts = [top, *(path for path, _ in newer.view.mounts_below(top))]
    for mount in mounts:
        if after is not None and (mount != top) and mount < after.mount:
            continue
        if after is not None and mount == top and after.mount != top:
            continue
        place = newer.view.place(mount)
        old = snapshot_at(newer.connection, older.point, place.namespace)
        new = snapshot_at(newer.connection, newer.point, place.namespace)
        if old is None or new is None:
            continue
        behind = after.path if after is not None and after.mount == mount else None
        rows = differences(
            newer.connection, old, new, place.path, after=behind, limit=limit - len(found)
        )
        shown = shown_path(newer, mount)
        found += [
            (DifferenceMark(mount, row.path), _difference(row, mount, shown, len(place.path)))
            for row in rows
        ]
        if len(found) >= limit:
            break
    return found


def _difference(row: Difference, mount: str, shown: str, skipped: int) -> DifferenceView:
    return DifferenceView(
        change=row.change,
        path=f"{mount}{row.path[skipped:]}",
        shown=f"{shown}{row.shown[skipped:]}",
        before=_state(row.before),
        after=_state(row.after),
    )


def _state(state: ItemState | None) -> StateView | None:
    if state is None:
        return None
    return StateView(
        name=state.name,
        kind=state.kind,
        size_bytes=state.size_bytes,
        modified=as_moment(state.modified),
        content_id="" if state.content is None else f"{state.content:x}",
    )
