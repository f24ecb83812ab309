"""Backup tasks: make, look, set, run, pause, delete and take back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

import msgspec
from litestar import Response, get, patch, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from msgspec import UNSET, UnsetType

from dropally.auth.errors import FieldsError
from dropally.protection import pausing, runs, task_views, tasks, trash
from dropally.protection.plans import SchedulePlan
from dropally.protection.settings import TaskSettings
from dropally.protection.task_views import TaskQuery, TaskView
from dropally.protection.tasks import TaskForm
from dropally.protection.trash import DeletePreview
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.paging import (
    DEFAULT_PAGE,
    Cursor,
    Limit,
    Page,
    decode_cursor,
    encode_cursor,
)
from dropally.server.preconditions import IfMatch, etag_of, require_match
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started

_TAGS = ["tasks"]


class NewTask(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A task to make. What is left out takes the appliance's defaults.

    `activate`: "all" backs up everything found in the team; "none" leaves choosing to you.
    """

    name: str
    connection_id: str
    storage_id: str = ""
    settings: TaskSettings | None = None
    plan: SchedulePlan | None = None
    activate: Literal["none", "all"] = "none"


class TaskPatch(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to change; what is left out stays. The storage cannot be changed here."""

    name: str | UnsetType = UNSET
    settings: TaskSettings | UnsetType = UNSET
    plan: SchedulePlan | UnsetType = UNSET
    storage_id: str | UnsetType = UNSET


class PauseWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`until` null: until somebody resumes it."""

    until: datetime | None = None


class DeleteWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The task's name, typed by whoever deletes it."""

    name: str


class UndeleteWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another name, where the task's own was taken meanwhile."""

    name: str = ""


def _tagged(view: TaskView, status_code: int = 200) -> Response[TaskView]:
    return Response(view, status_code=status_code, headers={"ETag": etag_of(view.modno)})


@get(
    "/tasks",
    operation_id="list_tasks",
    summary="Backup tasks",
    tags=_TAGS,
    responses=documented(400, 401, 403),
    sync_to_thread=True,
)
def list_tasks(
    parts: GivenParts,
    actor: GivenActor,
    q: FromQuery[str] = "",
    connection_id: FromQuery[str] = "",
    trash: FromQuery[bool] = False,
    cursor: Cursor = "",
    limit: Limit = DEFAULT_PAGE,
) -> Page[TaskView]:
    """By name. `q`: a part of the name. `trash`: those that were deleted and can be taken back."""
    after = decode_cursor(cursor, tuple[str, str])
    query = TaskQuery(q, connection_id, trash)
    found = task_views.list_tasks(parts.protection, actor, query, after=after, limit=limit + 1)
    shown = found[:limit]
    more = encode_cursor(task_views.mark_of(shown[-1])) if len(found) > limit else None
    return Page(items=shown, next_cursor=more)


@post(
    "/tasks",
    operation_id="create_task",
    summary="Make a backup task",
    tags=_TAGS,
    status_code=201,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def create_task(
    parts: GivenParts,
    actor: GivenActor,
    data: JSONBody[NewTask],
    idempotency_key: IdempotencyKey = "",
) -> Response[TaskView]:
    """Make it, and start to look for the team's members and folders."""
    form = TaskForm(
        name=data.name,
        connection_id=data.connection_id,
        storage_id=data.storage_id,
        settings=data.settings,
        plan=data.plan,
        activate=data.activate,
    )
    view = tasks.create(parts.protection, actor, form)
    response = _tagged(view, 201)
    response.headers["Location"] = f"/api/v1/tasks/{view.id}"
    return response


@get(
    "/tasks/{task_id:str}",
    operation_id="get_task",
    summary="One backup task",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_task(parts: GivenParts, actor: GivenActor, task_id: FromPath[str]) -> Response[TaskView]:
    """The task with its settings; the ETag is what `PATCH` wants as If-Match."""
    return _tagged(task_views.get_task(parts.protection, actor, task_id))


@patch(
    "/tasks/{task_id:str}",
    operation_id="change_task",
    summary="Rename a task, change its settings or its plan",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 409, 412, 422, 428),
    sync_to_thread=True,
)
def change_task(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    data: JSONBody[TaskPatch],
    if_match: IfMatch = "",
) -> Response[TaskView]:
    """Settings need the ETag of what was read; a name alone does not."""
    view = task_views.get_task(parts.protection, actor, task_id)
    if data.storage_id is not UNSET and data.storage_id != view.storage_id:
        raise tasks.storage_is_fixed(view)
    changes_settings = data.settings is not UNSET or data.plan is not UNSET
    if changes_settings:
        require_match(if_match, etag_of(view.modno))
    if data.name is not UNSET:
        view = tasks.rename(parts.protection, actor, task_id, data.name)
    if changes_settings:
        view = tasks.change_settings(
            parts.protection,
            actor,
            task_id,
            view.settings if data.settings is UNSET else data.settings,
            None if data.plan is UNSET else data.plan,
            expected_modno=view.modno,
        )
    return _tagged(view)


@post(
    "/tasks/{task_id:str}/run",
    operation_id="run_task",
    summary="Backup Now",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def run_task(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Back up all that is active; while a run waits or is under way, that one is returned."""
    return started(runs.request_backup(parts.protection, actor, task_id))


@post(
    "/tasks/{task_id:str}/pause",
    operation_id="pause_task",
    summary="Put a task on pause",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def pause_task(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str], data: JSONBody[PauseWish]
) -> TaskView:
    """Start no more runs until then. A run under way goes on."""
    if data.until is not None and data.until.tzinfo is None:
        raise FieldsError([("until", "needs a zone, as in 2026-12-01T08:00:00Z")])
    return pausing.pause(parts.protection, actor, task_id, data.until)


@post(
    "/tasks/{task_id:str}/resume",
    operation_id="resume_task",
    summary="End a pause",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def resume_task(parts: GivenParts, actor: GivenActor, task_id: FromPath[str]) -> TaskView:
    """Run again as planned."""
    return pausing.resume(parts.protection, actor, task_id)


@get(
    "/tasks/{task_id:str}/delete-preview",
    operation_id="preview_task_deletion",
    summary="What deleting a task would lose",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def preview_task_deletion(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str]
) -> DeletePreview:
    """Entities, restore points, size and the oldest date."""
    return trash.preview(parts.protection, actor, task_id)


@post(
    "/tasks/{task_id:str}/delete",
    operation_id="delete_task",
    summary="Delete a task, with seven days to undo it",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def delete_task(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str], data: JSONBody[DeleteWish]
) -> TaskView:
    """Put it into the trash. `purge` of the answer says until when that can be undone."""
    return trash.delete(parts.protection, actor, task_id, data.name)


@post(
    "/tasks/{task_id:str}/undelete",
    operation_id="undelete_task",
    summary="Take a task back from the trash",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def undelete_task(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str], data: JSONBody[UndeleteWish]
) -> TaskView:
    """It goes on as before."""
    return trash.undelete(parts.protection, actor, task_id, data.name)


handlers: Sequence[HTTPRouteHandler] = [
    list_tasks,
    create_task,
    get_task,
    change_task,
    run_task,
    pause_task,
    resume_task,
    preview_task_deletion,
    delete_task,
    undelete_task,
]
