"""Object lock: how long backups are protected from deletion, and extending that."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath, JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started
from dropally.upkeep import locking
from dropally.upkeep.locking import LastLockRun, LockParams, LockView

_TAGS = ["storages"]


class LockWishes(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to lock. `look_again`: ask the bucket for every lock, whatever is known of it.

    `dry_run`: only say what would be extended.
    """

    look_again: bool = False
    dry_run: bool = False


class LockState(msgspec.Struct, frozen=True, kw_only=True):
    """What is locked, as of the last run. Everything a kept restore point needs is `needed`.

    `first_until`, `last_until`: the first and last end of a lock among it; the first is null while
    something has no lock. `short_*`: what is locked for less than wished for from now on, with the
    first hundred keys. `waiting_*`: packs that nothing needs any more and that cannot be freed yet.
    """

    needed_objects: int
    needed_bytes: int
    first_until: datetime | None
    last_until: datetime | None
    short_objects: int
    short_bytes: int
    short_keys: list[str]
    waiting_packs: int
    waiting_bytes: int
    waiting_first_until: datetime | None
    waiting_last_until: datetime | None


class LockAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`object_lock`: what is wished for, "governance 30d"; "" where nothing is to be locked."""

    object_lock: str
    last_run: LastLockRun | None
    state: LockState | None


def _answer(view: LockView) -> LockAnswer:
    found = view.report
    if found is None:
        return LockAnswer(object_lock=view.wish, last_run=None, state=None)
    state = LockState(
        needed_objects=found.objects,
        needed_bytes=found.size_bytes,
        first_until=found.oldest,
        last_until=found.newest,
        short_objects=found.short_objects,
        short_bytes=found.short_bytes,
        short_keys=list(found.short),
        waiting_packs=found.waiting_packs,
        waiting_bytes=found.waiting_bytes,
        waiting_first_until=found.waiting_until_first,
        waiting_last_until=found.waiting_until_last,
    )
    return LockAnswer(object_lock=view.wish, last_run=view.last_run, state=state)


@get(
    "/storages/{storage_id:str}/lock",
    operation_id="get_storage_lock",
    summary="How long backups are locked in their bucket",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def get_storage_lock(parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]) -> LockAnswer:
    """As the last run found it; the bucket is not asked for locks."""
    return _answer(locking.get_lock(parts.upkeep, actor, storage_id))


@post(
    "/storages/{storage_id:str}/lock",
    operation_id="lock_storage",
    summary="Extend the locks of all that backups need",
    tags=_TAGS,
    status_code=202,
    opt={"idempotent": True},
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def lock_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[LockWishes],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Runs every day by itself. Only locks that end too soon take a request each."""
    del idempotency_key  # read by the layer in front
    params = LockParams(storage_id=storage_id, look_again=data.look_again, dry_run=data.dry_run)
    return started(locking.request_lock(parts.upkeep, actor, params))


handlers: Sequence[HTTPRouteHandler] = [get_storage_lock, lock_storage]
