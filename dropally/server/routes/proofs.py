"""Proving that what lies in a storage can be restored, and moving it."""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.problems import documented
from dropally.server.proof_views import (
    DrillRequest,
    MigrateRequest,
    ProofAnswer,
    RepairRequest,
    ReplicateRequest,
    VerifyRequest,
    proof_answer,
)
from dropally.server.started import StartedJob, started
from dropally.upkeep.proving import asking
from dropally.upkeep.proving.viewing import get_proof

_TAGS = ["storages"]


@get(
    "/storages/{storage_id:str}/proof",
    operation_id="get_storage_proof",
    summary="How much of a storage was found good, and what is damaged",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def get_storage_proof(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]
) -> ProofAnswer:
    """Show the verified share, damaged objects and files, the last drill and the last copy."""
    return proof_answer(get_proof(parts.upkeep, actor, storage_id))


@post(
    "/storages/{storage_id:str}/verify",
    operation_id="verify_storage",
    summary="Look whether a storage's repository is whole",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def verify_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[VerifyRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Start a verification: what waits longest comes first."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_verify(parts.upkeep, actor, data.params(storage_id)))


@post(
    "/storages/{storage_id:str}/repair",
    operation_id="repair_storage",
    summary="Heal what was found damaged",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def repair_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[RepairRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Heal from replicas and parity; what has no good copy is asked for again from Dropbox."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_repair(parts.upkeep, actor, data.params(storage_id)))


@post(
    "/storages/{storage_id:str}/drill",
    operation_id="drill_storage",
    summary="Restore sampled files to nowhere and compare them",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def drill_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[DrillRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Read files of the newest backups whole and compare them with Dropbox's content hash."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_drill(parts.upkeep, actor, data.params(storage_id)))


@post(
    "/storages/{storage_id:str}/replicate",
    operation_id="replicate_storage",
    summary="Copy a storage's repository to another storage",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def replicate_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[ReplicateRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Copy byte for byte what the other lacks; the same key opens both."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_replicate(parts.upkeep, actor, data.params(storage_id)))


@post(
    "/storages/{storage_id:str}/migrate",
    operation_id="migrate_storage",
    summary="Move a storage to the place of another",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def migrate_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[MigrateRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Copy, read back, then switch in a second job that waits for running backups."""
    del idempotency_key  # read by the layer in front
    return started(asking.request_migrate(parts.upkeep, actor, data.params(storage_id)))


handlers: list[Any] = [
    get_storage_proof,
    verify_storage,
    repair_storage,
    drill_storage,
    replicate_storage,
    migrate_storage,
]
