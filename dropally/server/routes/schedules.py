"""When tasks run: what a plan will do, and how following changes fares."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody, QueryParameter
from msgspec import Meta

from dropally.auth.actors import Place
from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.common.errors import NotFoundError
from dropally.protection import previews, task_days
from dropally.protection.following.service import FollowState
from dropally.protection.plans import SchedulePlan
from dropally.protection.previews import MOST_RUNS, PlanPreview, TaskSchedule
from dropally.protection.task_days import MOST_DAYS, TaskDays
from dropally.server.given import GivenActor, GivenParts
from dropally.server.problems import documented

_TAGS = ["schedules"]
RunCount = Annotated[int, QueryParameter(description="How many runs to come.", ge=1, le=MOST_RUNS)]

DayCount = Annotated[
    int, QueryParameter(description="How many days, today included.", ge=1, le=MOST_DAYS)
]
Zone = Annotated[
    str, QueryParameter(description="Whose calendar counts: Europe/Berlin.", max_length=100)
]


class PreviewWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A plan to look at. With a task, what it costs is reckoned too."""

    plan: SchedulePlan
    task_id: str = ""
    count: Annotated[int, Meta(ge=1, le=MOST_RUNS)] = 5


@get(
    "/tasks/{task_id:str}/next-runs",
    operation_id="get_next_runs",
    summary="When a task runs next, and how its last runs began",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def get_next_runs(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str], count: RunCount = 5
) -> TaskSchedule:
    """The plan in words, its next runs, and what became of those that were due."""
    return previews.task_schedule(parts.protection, actor, task_id, count=count)


@post(
    "/schedule-preview",
    operation_id="preview_schedule",
    summary="What a plan would do",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def preview_schedule(
    parts: GivenParts, actor: GivenActor, data: JSONBody[PreviewWish]
) -> PlanPreview:
    """Nothing is saved. A plan that cannot be is refused field by field."""
    return previews.preview_plan(
        parts.protection, actor, data.plan, task_id=data.task_id, count=data.count
    )


@get(
    "/tasks/{task_id:str}/following",
    operation_id="get_following",
    summary="How following a task's changes fares",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_following(parts: GivenParts, actor: GivenActor, task_id: FromPath[str]) -> FollowState:
    """`oldest_check_s` is the age of the oldest look: a change older than that was noticed."""
    require(parts.auth, actor, Verb.TASK_READ, Place(task_id))
    for state in parts.following():
        if state.task_id == task_id:
            return state
    raise NotFoundError(
        f"the changes of {task_id} are not followed",
        hint="only tasks with the frequency continuous are, while they are connected and not paused",
    )


@get(
    "/tasks/{task_id:str}/days",
    operation_id="get_task_days",
    summary="How a task's last days went",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def get_task_days(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    days: DayCount = 30,
    zone: Zone = "UTC",
) -> TaskDays:
    """One word a day, the oldest first: good, partly, failed, running, canceled, overdue or none."""
    return task_days.task_days(parts.protection, actor, task_id, days=days, zone=zone)


handlers: Sequence[HTTPRouteHandler] = (
    get_next_runs,
    preview_schedule,
    get_following,
    get_task_days,
)
