"""Restores to Dropbox: the dry run, the job, and the report of each item."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream
from msgspec import Meta

from dropally.auth.errors import FieldsError
from dropally.recovery import restoring, results
from dropally.recovery.live_folders import LiveFolders, list_live_folders
from dropally.recovery.restoring import Conflict, Mode, PlanView, RestoreRequest
from dropally.server.files import disposition
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.routes.trees import ItemPath
from dropally.server.started import StartedJob, started
from dropally.server.streaming import gathered, in_thread

_TAGS = ["restores"]


class RestoreWish(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What to restore and where to; or, alone, the `plan_id` of what was planned just now.

    Without a target, items go to where they came from. `new-folder` makes a folder there and
    changes nothing else; `in-place` puts items where they were, or into the target's path.
    """

    selection_id: str = ""
    target_entity_id: str = ""
    target_path: Annotated[str, Meta(max_length=4000)] = ""
    mode: Mode = "new-folder"
    conflict: Conflict | None = None
    folder_name: Annotated[str, Meta(max_length=255)] = ""
    plan_id: str = ""

    def request(self) -> RestoreRequest:
        """As the room takes it. Raises FieldsError."""
        if not self.selection_id:
            raise FieldsError([("selection_id", "is required")])
        return RestoreRequest(
            selection_id=self.selection_id,
            target_entity_id=self.target_entity_id,
            target_path=self.target_path,
            mode=self.mode,
            conflict=self.conflict,
            folder_name=self.folder_name,
        )


@post(
    "/restores/plan",
    operation_id="plan_restore",
    summary="What a restore would do",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 409, 422, 503),
    sync_to_thread=True,
)
def plan_restore(parts: GivenParts, actor: GivenActor, data: JSONBody[RestoreWish]) -> PlanView:
    """Nothing is changed. Start it by its `plan_id` within 15 minutes, and it does just this."""
    if data.plan_id:
        raise FieldsError([("plan_id", "is for starting what was planned")])
    return restoring.plan(parts.recovery, actor, data.request())


@post(
    "/restores",
    operation_id="start_restore",
    summary="Restore a selection",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def start_restore(
    parts: GivenParts,
    actor: GivenActor,
    data: JSONBody[RestoreWish],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """A job of the kind `restore`. Who asked for it gets a mail at its end."""
    if not data.plan_id:
        return started(restoring.start(parts.recovery, actor, data.request()))
    if data != RestoreWish(plan_id=data.plan_id):
        raise FieldsError([("plan_id", "stands alone: the plan says all the rest")])
    return started(restoring.start_planned(parts.recovery, actor, data.plan_id))


@get(
    "/restores/{job_id:str}/results",
    operation_id="get_restore_results",
    media_type="text/csv",
    summary="What became of each item",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def get_results(
    parts: GivenParts, actor: GivenActor, job_id: FromPath[str], bom: FromQuery[bool] = False
) -> Stream:
    """A CSV file, kept for 90 days. `bom`: for spreadsheet programs that want a byte order mark."""
    pieces = results.restore_report(parts.recovery, actor, job_id, bom=bom)
    return Stream(
        in_thread(gathered(pieces)),
        media_type="text/csv",
        headers={"Content-Disposition": disposition(f"{job_id} results.csv")},
    )


@get(
    "/entities/{entity_id:str}/live-folders",
    operation_id="list_live_folders",
    summary="Folders that are there now",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409, 422, 503),
    sync_to_thread=True,
)
def get_live_folders(
    parts: GivenParts, actor: GivenActor, entity_id: FromPath[str], path: ItemPath = ""
) -> LiveFolders:
    """Looked at in Dropbox, for choosing where a restore goes."""
    return list_live_folders(parts.recovery, actor, entity_id, path)


handlers: Sequence[HTTPRouteHandler] = (
    plan_restore,
    start_restore,
    get_results,
    get_live_folders,
)
