"""An entity's restore points: a list in a range of dates, a calendar, first and last."""

from datetime import date, datetime

import msgspec

from dropally.auth.actors import Actor
from dropally.auth.verbs import Verb
from dropally.catalog.member_view import MemberView
from dropally.catalog.points import (
    EntityPoint,
    days_with_points,
    entity_points,
    entity_spans,
    point_after,
    points_between,
)
from dropally.recovery.context import RecoveryContext
from dropally.recovery.looking import EARLIEST_MOMENT, LATEST_MOMENT, look
from dropally.recovery.ranges import DateRange


class PointView(msgspec.Struct, frozen=True, kw_only=True):
    """A restore point as one entity's list shows it.

    Counts of changes are those of the entity's own namespace since the point before; `is_changed`
    is False where it kept the snapshot it had. `failures` are files without content.
    """

    id: str
    time: datetime
    is_changed: bool
    added: int
    changed: int
    deleted: int
    failures: int
    files: int
    folders: int
    size_bytes: int


class PointWithNeighbours(PointView, frozen=True, kw_only=True):
    """A restore point, and the ids of those before and after it that have the entity, too."""

    older: str | None
    newer: str | None


class PointPage(msgspec.Struct, frozen=True):
    """Restore points, newest first; `next_before` goes on, None when there are no more."""

    points: list[PointView]
    next_before: int | None


class CalendarDay(msgspec.Struct, frozen=True):
    """A day that has restore points."""

    date: date
    points: int


class BackupSpan(msgspec.Struct, frozen=True, kw_only=True):
    """First and last backup of an entity (F82), and what the last one holds, mounts included.

    `is_current`: the team's newest restore point has it.
    """

    entity_id: str
    name: str
    kind: str
    first_backup: datetime | None
    last_backup: datetime | None
    last_point: str | None
    is_current: bool
    files: int
    folders: int
    size_bytes: int


def list_points(
    ctx: RecoveryContext,
    actor: Actor,
    entity_id: str,
    dates: DateRange,
    *,
    before: int | None = None,
    limit: int = 100,
) -> PointPage:
    """The restore points of an entity in a range (F89, F90). Raises NotFoundError, ForbiddenError."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with ctx.storages.catalog(entity.storage_id).read() as connection:
        rows = points_between(
            connection,
            entity.team_id,
            entity.shown_from(dates.start),
            dates.end,
            namespace=entity.namespace,
            before=before,
            limit=limit + 1,
        )
        found = entity_points(connection, rows[:limit], entity.namespace)
        views = [_view(one, MemberView(connection, one.point, entity.facts)) for one in found]
    ctx.access_log.note(ctx.auth, actor, "browsed", entity)
    return PointPage(views, rows[limit - 1].number if len(rows) > limit else None)


def get_point(
    ctx: RecoveryContext, actor: Actor, entity_id: str, point_id: str
) -> PointWithNeighbours:
    """One restore point of an entity, `latest` too. Raises NotFoundError, ForbiddenError."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with look(ctx, entity, point_id) as opened:
        [found] = entity_points(opened.connection, [opened.point], entity.namespace)
        older = points_between(
            opened.connection,
            entity.team_id,
            entity.shown_from(EARLIEST_MOMENT),
            LATEST_MOMENT,
            namespace=entity.namespace,
            before=opened.point.number,
            limit=1,
        )
        newer = point_after(opened.connection, opened.point, entity.namespace)
        view = _view(found, opened.view)
    return PointWithNeighbours(
        **msgspec.structs.asdict(view),
        older=older[0].id if older else None,
        newer=newer.id if newer else None,
    )


def calendar(
    ctx: RecoveryContext, actor: Actor, entity_id: str, dates: DateRange
) -> list[CalendarDay]:
    """The days of a range that have restore points, and how many. Raises as `list_points`."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with ctx.storages.catalog(entity.storage_id).read() as connection:
        days = days_with_points(
            connection,
            entity.team_id,
            entity.shown_from(dates.start),
            dates.end,
            dates.zone,
            namespace=entity.namespace,
        )
    return [CalendarDay(day, count) for day, count in sorted(days.items())]


def backup_span(ctx: RecoveryContext, actor: Actor, entity_id: str) -> BackupSpan:
    """When an entity was backed up first and last; nothing is said where it never was (F81)."""
    entity = ctx.entity(actor, entity_id, Verb.CONTENT_BROWSE)
    with ctx.storages.catalog(entity.storage_id).read() as connection:
        spans = entity_spans(connection, entity.team_id, entity.namespace)
    if not spans or spans[0].last_backup < entity.shown_from(spans[0].last_backup):
        return BackupSpan(
            entity_id=entity.id,
            name=entity.name,
            kind=entity.kind,
            first_backup=None,
            last_backup=None,
            last_point=None,
            is_current=False,
            files=0,
            folders=0,
            size_bytes=0,
        )
    with look(ctx, entity, "latest") as opened:
        totals = opened.view.totals("")
        last_point = opened.point.id
    return BackupSpan(
        entity_id=entity.id,
        name=entity.name,
        kind=entity.kind,
        first_backup=entity.shown_from(spans[0].first_backup),
        last_backup=spans[0].last_backup,
        last_point=last_point,
        is_current=spans[0].is_current,
        files=totals.files,
        folders=totals.folders,
        size_bytes=totals.size_bytes,
    )


def _view(row: EntityPoint, member: MemberView) -> PointView:
    totals = member.totals("")
    return PointView(
        id=row.point.id,
        time=row.point.time,
        is_changed=row.is_new,
        added=row.added,
        changed=row.changed,
        deleted=row.removed,
        failures=row.failures,
        files=totals.files,
        folders=totals.folders,
        size_bytes=totals.size_bytes,
    )
