"""The space in a storage: how much is used, and freeing what nothing refers to."""

from collections.abc import Sequence

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started
from dropally.upkeep import pruning
from dropally.upkeep.pruning import StorageUse

_TAGS = ["storages"]


class PruneWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to free space.

    `dry_run`: only say what would be freed; the job's result has the figures. `reencrypt`: also
    write anew, under the newest key, what older keys sealed.
    """

    dry_run: bool = False
    reencrypt: bool = False


@get(
    "/storages/{storage_id:str}/use",
    operation_id="get_storage_use",
    summary="How much a storage's repository holds",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def get_storage_use(parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]) -> StorageUse:
    """By its index; packs are not read."""
    return pruning.storage_use(parts.upkeep, actor, storage_id)


@post(
    "/storages/{storage_id:str}/prune",
    operation_id="prune_storage",
    summary="Free the space of what was forgotten",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404),
    sync_to_thread=True,
)
def prune_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[PruneWish],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """What is found dead is condemned; a later run deletes it, a day after at the earliest."""
    del idempotency_key  # read by the layer in front
    job = pruning.request_prune(
        parts.upkeep, actor, storage_id, dry_run=data.dry_run, reencrypt=data.reencrypt
    )
    return started(job)


handlers: Sequence[HTTPRouteHandler] = [get_storage_use, prune_storage]
