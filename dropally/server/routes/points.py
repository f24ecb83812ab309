"""Restore points of an entity: in a range of dates, on a calendar, the first and the last."""

from collections.abc import Sequence
from typing import Annotated

from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, QueryParameter

from dropally.recovery import points
from dropally.recovery.points import BackupSpan, CalendarDay, PointView, PointWithNeighbours
from dropally.recovery.ranges import parse_range
from dropally.server.given import GivenActor, GivenParts
from dropally.server.paging import DEFAULT_PAGE, Cursor, Limit, Page, decode_cursor, encode_cursor
from dropally.server.problems import documented

_TAGS = ["restore points"]
From = Annotated[
    str,
    QueryParameter(
        name="from", max_length=40, description="The first day (2026-11-20) or moment (RFC 3339)."
    ),
]
To = Annotated[
    str, QueryParameter(name="to", max_length=40, description="The last day or moment, included.")
]
Zone = Annotated[
    str,
    QueryParameter(name="zone", max_length=64, description="Whose days: Europe/Berlin. Else UTC."),
]


@get(
    "/entities/{entity_id:str}/backups",
    operation_id="get_backups_of_entity",
    summary="First and last backup of an entity",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_backups(parts: GivenParts, actor: GivenActor, entity_id: FromPath[str]) -> BackupSpan:
    """Nulls where there is no backup yet. `last_point` is what Download on the entity's row takes."""
    return points.backup_span(parts.recovery, actor, entity_id)


@get(
    "/entities/{entity_id:str}/points",
    operation_id="list_points",
    summary="Restore points of an entity",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def list_points(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    start: From = "",
    end: To = "",
    zone: Zone = "",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[PointView]:
    """Newest first, with what each of them changed and what it holds."""
    page = points.list_points(
        parts.recovery,
        actor,
        entity_id,
        parse_range(start, end, zone),
        before=decode_cursor(cursor, int),
        limit=limit,
    )
    more = encode_cursor(page.next_before) if page.next_before is not None else None
    return Page(items=page.points, next_cursor=more)


@get(
    "/entities/{entity_id:str}/points/{point_id:str}",
    operation_id="get_point",
    summary="One restore point of an entity",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_point(
    parts: GivenParts, actor: GivenActor, entity_id: FromPath[str], point_id: FromPath[str]
) -> PointWithNeighbours:
    """With the ids of the ones before and after it. `latest` may stand for the newest."""
    return points.get_point(parts.recovery, actor, entity_id, point_id)


@get(
    "/entities/{entity_id:str}/calendar",
    operation_id="get_calendar",
    summary="Days that have restore points",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def get_calendar(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    start: From = "",
    end: To = "",
    zone: Zone = "",
) -> list[CalendarDay]:
    """Days without any are left out."""
    return points.calendar(parts.recovery, actor, entity_id, parse_range(start, end, zone))


handlers: Sequence[HTTPRouteHandler] = (get_backups, list_points, get_point, get_calendar)
