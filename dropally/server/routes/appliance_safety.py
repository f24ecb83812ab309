"""The appliance's own safety: health, self-backups, the support bundle, recovery on a bare machine."""

from datetime import datetime
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody

from dropally.auth import setup
from dropally.auth.actors import anonymous
from dropally.server.exchange import Exchange
from dropally.server.given import GivenActor, GivenExchange, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.parts import Parts
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started
from dropally.server.storage_views import (
    CheckList,
    SelfBackupAnswer,
    StoragePlace,
    check_list,
    self_backup_answer,
)
from dropally.store import Passphrase, RecoveryCode
from dropally.upkeep import health, support_bundle
from dropally.upkeep.recovering.source import RecoverySource, look
from dropally.upkeep.recovering.staging import stage
from dropally.upkeep.self_backup import requesting

_TAGS = ["appliance"]
_RECOVERY = ["recovery of the appliance"]


class SelfBackupRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Into which storages; every one if none is named."""

    storage_ids: list[str] = []


class SelfBackupList(msgspec.Struct, frozen=True):
    """Self-backups, the newest first."""

    items: list[SelfBackupAnswer]


class BundleRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`with_names`: titles, error texts and names of items as they are."""

    with_names: bool = False


class RecoveryFrom(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the lost appliance's repository lies, and what opens it: one of the two secrets."""

    setup_code: str
    storage: StoragePlace
    recovery_code: str = ""
    passphrase: str = ""

    def source(self) -> RecoverySource:
        """As the room takes it. Raises FieldsError."""
        secret = (
            Passphrase(self.passphrase) if self.passphrase else RecoveryCode(self.recovery_code)
        )
        return RecoverySource(self.storage.definition("recovered"), secret)


class RecoveryRequest(RecoveryFrom, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which self-backup; the newest for ""."""

    self_backup_id: str = ""


class FoundSelfBackups(msgspec.Struct, frozen=True, kw_only=True):
    """What could be recovered from there."""

    items: list[SelfBackupAnswer]
    unreadable: int


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """What was fetched; the appliance starts again with it now. `notes` are for the admin."""

    self_backup_id: str
    made_at: datetime
    version: str
    appliance: str
    storage_id: str
    notes: list[str]


@get(
    "/appliance/health",
    operation_id="get_appliance_health",
    summary="Everything that was looked at, with the next step where something is wrong",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_appliance_health(parts: GivenParts, actor: GivenActor) -> CheckList:
    """Look at database, disk, storages, keys, self-backups, clock, Dropbox and certificate."""
    return check_list(health.check_health(parts.upkeep, actor))


@get(
    "/appliance/pre-flight",
    operation_id="get_pre_flight",
    summary="What is needed before the first backup",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def get_pre_flight(parts: GivenParts, actor: GivenActor) -> CheckList:
    """Team admin, disk space, clock, the way to Dropbox, and an app of one's own."""
    return check_list(health.pre_flight(parts.upkeep, actor))


@get(
    "/appliance/self-backups",
    operation_id="list_self_backups",
    summary="The self-backups in a storage",
    tags=_TAGS,
    responses=documented(401, 403, 404, 503),
    sync_to_thread=True,
)
def list_self_backups(
    parts: GivenParts, actor: GivenActor, storage_id: FromQuery[str] = ""
) -> SelfBackupList:
    """List them, the newest first; of the default storage if none is named."""
    wanted = storage_id or parts.upkeep.storages.default_id
    found = requesting.list_all(parts.upkeep, actor, wanted)
    return SelfBackupList([self_backup_answer(one) for one in found])


@post(
    "/appliance/self-backups",
    operation_id="make_self_backup",
    summary="Back up the appliance itself",
    tags=_TAGS,
    opt={"idempotent": True},
    status_code=202,
    responses=documented(400, 401, 403, 404, 422),
    sync_to_thread=True,
)
def make_self_backup(
    parts: GivenParts,
    actor: GivenActor,
    data: JSONBody[SelfBackupRequest],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Write database, keys and settings, sealed, into the storages."""
    del idempotency_key  # read by the layer in front
    row = requesting.request(parts.upkeep, actor, storage_ids=tuple(data.storage_ids))
    return started(row)


@post(
    "/appliance/support-bundle",
    operation_id="make_support_bundle",
    summary="A zip file for whoever helps",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403),
    sync_to_thread=True,
    media_type="application/zip",
)
def make_support_bundle(
    parts: GivenParts, actor: GivenActor, data: JSONBody[BundleRequest]
) -> Response[bytes]:
    """Versions, settings, health and the last jobs, without secrets; by default without names."""
    made = support_bundle.make_bundle(parts.upkeep, actor, with_names=data.with_names)
    name = f"dropally-support-{parts.clock.now():%Y%m%d-%H%M%S}.zip"
    return Response(
        made,
        media_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@post(
    "/recovery/self-backups",
    operation_id="find_self_backups",
    summary="What a lost appliance left in its repository",
    tags=_RECOVERY,
    opt={"public": True},
    security=[{}],
    status_code=200,
    responses=documented(400, 403, 404, 409, 422, 429, 503),
    sync_to_thread=True,
)
def find_self_backups(
    parts: GivenParts, exchange: GivenExchange, data: JSONBody[RecoveryFrom]
) -> FoundSelfBackups:
    """Only before the setup, with the setup code: list what could be recovered. Changes nothing."""
    _require_stranger_may(parts, exchange, data)
    found = look(data.source(), parts.clock)
    return FoundSelfBackups(
        items=[self_backup_answer(one) for one in found.self_backups], unreadable=found.unreadable
    )


@post(
    "/recovery",
    operation_id="recover_appliance",
    summary="Become the appliance that was lost",
    tags=_RECOVERY,
    opt={"public": True},
    security=[{}],
    status_code=202,
    responses=documented(400, 403, 404, 409, 422, 429, 503),
    sync_to_thread=True,
)
def recover_appliance(
    parts: GivenParts, exchange: GivenExchange, data: JSONBody[RecoveryRequest]
) -> Recovered:
    """Only before the setup, with the setup code: fetch and check everything, then start again."""
    _require_stranger_may(parts, exchange, data)
    upkeep = parts.upkeep
    inside = upkeep.key_file.parent == upkeep.data_folder
    staged = stage(
        data.source(),
        upkeep.data_folder,
        parts.clock,
        anonymous(exchange.client),
        self_backup_id=data.self_backup_id,
        key_file=None if inside else upkeep.key_file,
        is_served=True,
    )
    upkeep.restart()
    return Recovered(
        self_backup_id=staged.self_backup_id,
        made_at=staged.made,
        version=staged.version,
        appliance=staged.appliance,
        storage_id=staged.storage_id,
        notes=staged.notes,
    )


def _require_stranger_may(parts: Parts, exchange: Exchange, data: RecoveryFrom) -> None:
    setup.require_code(parts.auth, data.setup_code, exchange.client)


handlers: list[Any] = [
    get_appliance_health,
    get_pre_flight,
    list_self_backups,
    make_self_backup,
    make_support_bundle,
    find_self_backups,
    recover_appliance,
]
