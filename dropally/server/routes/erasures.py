"""Erasing items from all backups, certificates of that, and what is never backed up again."""

from collections.abc import Sequence

import msgspec
from litestar import Response, delete, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, FromQuery, JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started
from dropally.upkeep.erasing import asking, viewing
from dropally.upkeep.erasing.asking import ErasureWish
from dropally.upkeep.erasing.viewing import CertificateFormat, ErasureView, ExclusionView

_TAGS = ["erasures"]
_FILES = {
    "json": ("application/json", "json"),
    "pdf": ("application/pdf", "pdf"),
    "text": ("text/plain; charset=utf-8", "txt"),
}


class ErasureList(msgspec.Struct, frozen=True):
    """All erasures, the newest first."""

    items: list[ErasureView]


class ExclusionList(msgspec.Struct, frozen=True):
    """What backups of an entity pass over, the oldest rule first."""

    items: list[ExclusionView]


@post(
    "/entities/{entity_id:str}/erasures",
    operation_id="erase_items",
    summary="Erase items from all backups, or say what that would erase",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 409, 422),
    sync_to_thread=True,
)
def erase_items(
    parts: GivenParts,
    actor: GivenActor,
    entity_id: FromPath[str],
    data: JSONBody[ErasureWish],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """With `dry_run` the job's result has the figures; else it names the erasure."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_erasure(parts.upkeep, actor, entity_id, data))


@get(
    "/erasures",
    operation_id="list_erasures",
    summary="Erasures and how far they are",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_erasures(parts: GivenParts, actor: GivenActor) -> ErasureList:
    """What was erased is not told: nobody knows it any more."""
    return ErasureList(viewing.list_erasures(parts.upkeep, actor))


@get(
    "/erasures/{erasure_id:str}",
    operation_id="get_erasure",
    summary="One erasure",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_erasure(parts: GivenParts, actor: GivenActor, erasure_id: FromPath[str]) -> ErasureView:
    """It is complete when its bytes have left the storage."""
    return viewing.get_erasure(parts.upkeep, actor, erasure_id)


@get(
    "/erasures/{erasure_id:str}/certificate",
    operation_id="get_erasure_certificate",
    summary="The certificate of an erasure",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404),
    media_type="application/pdf",
    sync_to_thread=True,
)
def get_erasure_certificate(
    parts: GivenParts,
    actor: GivenActor,
    erasure_id: FromPath[str],
    form: FromQuery[CertificateFormat] = "pdf",
) -> Response[bytes]:
    """As it stands now: a page to print, a text, or JSON for programs."""
    made = viewing.make_certificate(parts.upkeep, actor, erasure_id, form)
    media_type, ending = _FILES[form]
    return Response(
        made,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="dropally-{erasure_id}.{ending}"',
            "Cache-Control": "no-store",
        },
    )


@get(
    "/entities/{entity_id:str}/exclusions",
    operation_id="list_exclusions",
    summary="What backups of an entity pass over, since it was erased",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def list_exclusions(
    parts: GivenParts, actor: GivenActor, entity_id: FromPath[str]
) -> ExclusionList:
    """The rules lie in the storage, so that every appliance heeds them."""
    return ExclusionList(viewing.list_exclusions(parts.upkeep, actor, entity_id))


@delete(
    "/entities/{entity_id:str}/exclusions/{rule_id:str}",
    operation_id="remove_exclusion",
    summary="Let an erased item be backed up again",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def remove_exclusion(
    parts: GivenParts, actor: GivenActor, entity_id: FromPath[str], rule_id: FromPath[str]
) -> None:
    """The next backup finds it, if it is in Dropbox still. What was erased stays erased."""
    viewing.remove_exclusion(parts.upkeep, actor, entity_id, rule_id)


handlers: Sequence[HTTPRouteHandler] = [
    erase_items,
    list_erasures,
    get_erasure,
    get_erasure_certificate,
    list_exclusions,
    remove_exclusion,
]
