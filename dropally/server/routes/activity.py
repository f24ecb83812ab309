"""System activity: what Dropally did, for which task and item, and how it went."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery, QueryParameter, SkipValidation
from litestar.response import Stream

from dropally.auth.actors import Actor, Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.catalog import job_details, jobs
from dropally.catalog.activity import (
    ActivityFilter,
    ActivityPlace,
    ActivityRow,
    activity_by_number,
    list_activity,
    place_of,
)
from dropally.common.errors import NotFoundError
from dropally.common.spreadsheet import Cell, csv_pieces
from dropally.common.text import format_time
from dropally.server.given import GivenActor, GivenParts
from dropally.server.job_access import reached_by
from dropally.server.job_views import CauseView, duration_s, kind_label, status_label
from dropally.server.paging import (
    DEFAULT_PAGE,
    LARGEST_PAGE,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from dropally.server.parts import Parts
from dropally.server.problems import documented
from dropally.server.streaming import in_thread
from dropally.server.windows import Window, stretch

_LONGEST_WORDS = 400
_COLUMNS = (
    "Activity",
    "Date and Time",
    "Service",
    "Sub Service",
    "Status",
    "Task Name",
    "Item",
    "Message",
    "Job",
)
ActivitiesWanted = Annotated[
    str,
    QueryParameter(
        name="activity", max_length=_LONGEST_WORDS, description="backup, restore, …; with commas."
    ),
]
StatusesWanted = Annotated[
    str,
    QueryParameter(
        name="status", max_length=_LONGEST_WORDS, description="Status words, with commas."
    ),
]
ServiceWanted = Annotated[str, QueryParameter(name="service", max_length=100)]
TaskWanted = Annotated[str, QueryParameter(name="task", max_length=100)]
JobWanted = Annotated[str, QueryParameter(name="job", max_length=100)]
TaskText = Annotated[
    str,
    QueryParameter(
        name="task_name", max_length=_LONGEST_WORDS, description="Part of the task's name."
    ),
]
ItemText = Annotated[
    str,
    QueryParameter(name="item", max_length=_LONGEST_WORDS, description="Part of the item."),
]
From = Annotated[datetime | None, QueryParameter(name="start", description="With this moment.")]
To = Annotated[datetime | None, QueryParameter(name="end", description="Without this moment.")]
WindowWanted = Annotated[
    Window, QueryParameter(name="window", description="Counts unless `start` or `end` is given.")
]


class ActivityView(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was done. `job_id` is "" for what was no job."""

    id: int
    time: datetime
    activity: str
    activity_label: str
    service: str
    sub_service: str
    status: str
    status_label: str
    task_id: str
    task_name: str
    entity_id: str
    item: str
    message: str
    job_id: str


class ActivityInfo(ActivityView, frozen=True, kw_only=True):
    """What the ⓘ shows (F137): facts of the job behind a row; null where there is none.

    `stored_bytes`: what it added to the repository. `deduplicated`: the share of what it read that
    was there already.
    """

    execution_s: float | None
    size_bytes: int | None
    stored_bytes: int | None
    entities: int | None
    new: int | None
    changed: int | None
    deleted: int | None
    deduplicated: float | None
    api_calls: int | None
    summary: dict[str, Any]
    skipped: list[CauseView]
    error: str
    hint: str


def _wanted(
    parts: GivenParts,
    actor: GivenActor,
    activities: ActivitiesWanted = "",
    statuses: StatusesWanted = "",
    service: ServiceWanted = "",
    task: TaskWanted = "",
    task_name: TaskText = "",
    item: ItemText = "",
    job: JobWanted = "",
    window: WindowWanted = "all",
    start: From = None,
    end: To = None,
) -> ActivityFilter:
    """What the list and the file are narrowed to: by the request, and by one's reach."""
    return ActivityFilter(
        *stretch(parts.clock.now(), window, start, end),
        activities=_words(activities),
        statuses=_words(statuses),
        service=service,
        task_id=task,
        job_id=job,
        task_text=task_name.strip(),
        item_text=item.strip(),
        reached=reached_by(parts, actor, Verb.ACTIVITY_READ),
    )


Wanted = NamedDependency[SkipValidation[ActivityFilter]]


@get(
    "/activity",
    operation_id="list_activity",
    summary="What the system did, the newest first",
    tags=["activity"],
    dependencies={"wanted": Provide(_wanted, sync_to_thread=True)},
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def get_activity(
    parts: GivenParts,
    wanted: Wanted,
    order: FromQuery[Literal["latest", "oldest"]] = "latest",
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[ActivityView]:
    """List the activity of tasks and entities within reach."""
    with parts.auth.read() as connection:
        rows = list_activity(
            connection,
            wanted,
            limit=limit + 1,
            after=decode_cursor(cursor, ActivityPlace),
            oldest_first=order == "oldest",
        )
    shown = rows[:limit]
    return Page(
        items=[ActivityView(**_fields(row)) for row in shown],
        next_cursor=encode_cursor(place_of(shown[-1])) if len(rows) > limit else None,
    )


@get(
    "/activity/export",
    operation_id="export_activity",
    media_type="text/csv",
    summary="The activity as a CSV file",
    tags=["activity"],
    dependencies={"wanted": Provide(_wanted, sync_to_thread=True)},
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def export_activity(
    parts: GivenParts,
    wanted: Wanted,
    bom: Annotated[
        bool, QueryParameter(name="bom", description="Begin with a mark that Excel looks for.")
    ] = False,
) -> Stream:
    """Stream the rows that the list shows with the same filter. No cell can be taken for a formula."""
    pieces = csv_pieces(_COLUMNS, map(_cells, _all_rows(parts, wanted)), bom=bom)
    return Stream(
        in_thread(pieces),
        media_type="text/csv",
        headers={"Content-Disposition": 'attachment; filename="activity.csv"'},
    )


def _all_rows(parts: Parts, wanted: ActivityFilter) -> Iterator[ActivityRow]:
    """Page by page: a slow client must not keep the database from tidying up."""
    after = None
    while True:
        with parts.auth.read() as connection:
            rows = list_activity(connection, wanted, limit=LARGEST_PAGE, after=after)
        if not rows:
            return
        yield from rows
        after = place_of(rows[-1])


def _cells(row: ActivityRow) -> list[Cell]:
    return [
        kind_label(row.activity),
        format_time(row.time),
        row.service,
        row.sub_service,
        status_label(row.status),
        row.task_name,
        row.item,
        row.message,
        row.job_id,
    ]


@get(
    "/activity/{activity_id:int}",
    operation_id="get_activity_info",
    summary="The facts behind one row of the activity",
    tags=["activity"],
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_activity_info(
    parts: GivenParts, actor: GivenActor, activity_id: FromPath[int]
) -> ActivityInfo:
    """Tell execution time, sizes, counts and what was skipped and why."""
    return _info(parts, _find(parts, actor, activity_id))


def _find(parts: Parts, actor: Actor, number: int) -> ActivityRow:
    reached_by(parts, actor, Verb.ACTIVITY_READ)
    with parts.auth.read() as connection:
        row = activity_by_number(connection, number)
    if row is None:
        raise NotFoundError(f"there is no activity {number}", hint="see the list of the activity")
    require(parts.auth, actor, Verb.ACTIVITY_READ, Place(row.task_id, row.entity_id))
    return row


def _info(parts: Parts, row: ActivityRow) -> ActivityInfo:
    with parts.auth.read() as connection:
        job = jobs.job_by_id(connection, row.job_id)
        causes = job_details.causes_of(connection, job.number) if job else []
    summary = msgspec.json.decode(job.summary, type=dict[str, Any]) if job else {}
    return ActivityInfo(
        **_fields(row),
        execution_s=duration_s(job, parts.clock.now()) if job else None,
        size_bytes=_number(summary.get("bytes")),
        stored_bytes=_number(summary.get("stored_bytes")),
        entities=_number(summary.get("entities")),
        new=_number(summary.get("new", summary.get("added"))),
        changed=_number(summary.get("changed")),
        deleted=_number(summary.get("deleted")),
        deduplicated=_deduplicated(summary),
        api_calls=job.api_calls if job else None,
        summary=summary,
        skipped=[CauseView(one.cause, one.hint, one.items) for one in causes],
        error=job.error if job else "",
        hint=job.hint if job else "",
    )


def _number(value: object) -> int | None:
    return value if isinstance(value, int) else None


def _deduplicated(summary: dict[str, Any]) -> float | None:
    read, stored = _number(summary.get("fetched_bytes")), _number(summary.get("stored_bytes"))
    if not read or stored is None:
        return None
    return round(max(0.0, 1 - stored / read), 4)


def _fields(row: ActivityRow) -> dict[str, Any]:
    return {
        "id": row.number,
        "time": row.time,
        "activity": row.activity,
        "activity_label": kind_label(row.activity),
        "service": row.service,
        "sub_service": row.sub_service,
        "status": row.status,
        "status_label": status_label(row.status),
        "task_id": row.task_id,
        "task_name": row.task_name,
        "entity_id": row.entity_id,
        "item": row.item,
        "message": row.message,
        "job_id": row.job_id,
    }


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())


handlers = [get_activity, export_activity, get_activity_info]
