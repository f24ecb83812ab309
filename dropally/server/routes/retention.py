"""How long restore points stay: previews, holds, and forgetting now."""

from collections.abc import Sequence

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from dropally.protection import holds, retaining, retention_preview
from dropally.protection.holds import HoldView, HoldWish
from dropally.protection.retention_preview import RetentionPreview
from dropally.protection.settings import Retention
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started

_TAGS = ["retention"]


class HoldList(msgspec.Struct, frozen=True):
    """All holds, the newest first."""

    items: list[HoldView]


@post(
    "/tasks/{task_id:str}/retention-preview",
    operation_id="preview_retention",
    summary="What a retention would forget, and keep over a year",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404, 422, 503),
    sync_to_thread=True,
)
def preview_retention(
    parts: GivenParts, actor: GivenActor, task_id: FromPath[str], data: JSONBody[Retention]
) -> RetentionPreview:
    """Nothing is saved or forgotten by asking."""
    return retention_preview.preview_retention(parts.protection, actor, task_id, data)


@post(
    "/tasks/{task_id:str}/retain",
    operation_id="retain_task",
    summary="Forget now what the retention does not keep",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def retain_task(
    parts: GivenParts,
    actor: GivenActor,
    task_id: FromPath[str],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """What else happens every day: restore points of the task's team in its storage."""
    del idempotency_key  # read by the layer in front
    return started(retaining.request_retention(parts.protection, actor, task_id))


@get(
    "/holds",
    operation_id="list_holds",
    summary="Holds on restore points",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_holds(parts: GivenParts, actor: GivenActor) -> HoldList:
    """Those that are over too, until somebody takes them away."""
    return HoldList(holds.list_holds(parts.protection, actor))


@post(
    "/holds",
    operation_id="set_hold",
    summary="Keep restore points whatever retention says",
    tags=_TAGS,
    status_code=201,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def set_hold(parts: GivenParts, actor: GivenActor, data: JSONBody[HoldWish]) -> Response[HoldView]:
    """On the restore points of a task's team in its storage, all of them or those of a time."""
    view = holds.set_hold(parts.protection, actor, data)
    return Response(view, status_code=201)


@delete(
    "/holds/{hold_id:str}",
    operation_id="release_hold",
    summary="Take a hold away",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def release_hold(parts: GivenParts, actor: GivenActor, hold_id: FromPath[str]) -> None:
    """From then on retention decides again."""
    holds.release_hold(parts.protection, actor, hold_id)


handlers: Sequence[HTTPRouteHandler] = [
    preview_retention,
    retain_task,
    list_holds,
    set_hold,
    release_hold,
]
