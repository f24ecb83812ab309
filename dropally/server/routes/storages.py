"""Storages: where repositories lie, and who can open them."""

from typing import Any, Literal

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.params import FromPath, JSONBody

from dropally.common.errors import UsageError
from dropally.server.given import GivenActor, GivenParts
from dropally.server.idempotency import IdempotencyKey
from dropally.server.preconditions import IfMatch, etag_of, require_match
from dropally.server.problems import documented
from dropally.server.started import StartedJob, started
from dropally.server.storage_views import (
    NewCodeAnswer,
    NewStorage,
    StorageAnswer,
    StorageChange,
    StorageList,
    StoragePlace,
    TrialAnswer,
    new_code_answer,
    storage_answer,
    trial_answer,
)
from dropally.store import Passphrase, RecoveryCode
from dropally.upkeep import repository_keys, storage_edit, storage_list, storage_trial
from dropally.upkeep.rebuild import request_rebuild
from dropally.upkeep.recovery_kit.making import make_kit

_TAGS = ["storages"]
_KIT_FILES = {"pdf": ("application/pdf", "pdf"), "text": ("text/plain; charset=utf-8", "txt")}


class Adoption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What opens a repository that is there already: one of the two."""

    recovery_code: str = ""
    passphrase: str = ""


class Proof(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """That a recovery code was kept: the groups asked for by number, or the whole code."""

    groups: dict[str, str] = {}
    code: str = ""


class KitWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The code that was shown, and how the kit is wanted."""

    recovery_code: str
    format: Literal["pdf", "text"] = "pdf"


class Adopted(msgspec.Struct, frozen=True):
    """The repository that was taken over."""

    repository_id: str


@get(
    "/storages",
    operation_id="list_storages",
    summary="Every storage, the default one first",
    tags=_TAGS,
    responses=documented(401, 403),
    sync_to_thread=True,
)
def list_storages(parts: GivenParts, actor: GivenActor) -> StorageList:
    """List the storages with what is known of each; one that does not answer says since when."""
    return StorageList(
        [storage_answer(view) for view in storage_list.list_storages(parts.upkeep, actor)]
    )


@get(
    "/storages/{storage_id:str}",
    operation_id="get_storage",
    summary="One storage, with its key slots",
    tags=_TAGS,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def get_storage(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]
) -> Response[StorageAnswer]:
    """Show a storage; the ETag is for changing it."""
    view = storage_list.get_storage(parts.upkeep, actor, storage_id)
    return Response(storage_answer(view), headers={"ETag": etag_of(view.modno)})


@post(
    "/storages",
    operation_id="add_storage",
    summary="Add a storage",
    tags=_TAGS,
    responses=documented(400, 401, 403, 409, 422),
    sync_to_thread=True,
)
def add_storage(
    parts: GivenParts, actor: GivenActor, data: JSONBody[NewStorage]
) -> Response[StorageAnswer]:
    """Add a storage; nothing is written to it yet. Credentials are kept sealed."""
    storage_edit.add(parts.upkeep, actor, data.as_definition())
    view = storage_list.get_storage(parts.upkeep, actor, data.id)
    return Response(
        storage_answer(view),
        status_code=201,
        headers={"ETag": etag_of(view.modno), "Location": f"/api/v1/storages/{data.id}"},
    )


@patch(
    "/storages/{storage_id:str}",
    operation_id="change_storage",
    summary="Change how a storage is named, watched or reached",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 409, 412, 422, 428),
    sync_to_thread=True,
)
def change_storage(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    data: JSONBody[StorageChange],
    if_match: IfMatch = "",
) -> Response[StorageAnswer]:
    """Change a storage of the console; its place stays."""
    before = storage_list.get_storage(parts.upkeep, actor, storage_id)
    require_match(if_match, etag_of(before.modno))
    storage_edit.change(
        parts.upkeep,
        actor,
        storage_id,
        region_label=data.region_label,
        min_free_share=data.min_free_share,
        min_free_bytes=data.min_free_bytes,
        options=data.options,
    )
    view = storage_list.get_storage(parts.upkeep, actor, storage_id)
    return Response(storage_answer(view), headers={"ETag": etag_of(view.modno)})


@delete(
    "/storages/{storage_id:str}",
    operation_id="remove_storage",
    summary="Forget a storage; what lies in it stays",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409),
    sync_to_thread=True,
)
def remove_storage(parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]) -> None:
    """Forget a storage of the console that no task uses."""
    storage_edit.remove(parts.upkeep, actor, storage_id)


@post(
    "/storages/{storage_id:str}/default",
    operation_id="make_storage_default",
    summary="Let new tasks go there unless they name another storage",
    tags=_TAGS,
    status_code=204,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def make_storage_default(parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]) -> None:
    """Make a storage the default one."""
    storage_edit.make_default(parts.upkeep, actor, storage_id)


@post(
    "/storages/test",
    operation_id="test_new_storage",
    summary="Test a storage before it is added",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 422),
    sync_to_thread=True,
)
def test_new_storage(
    parts: GivenParts, actor: GivenActor, data: JSONBody[StoragePlace]
) -> TrialAnswer:
    """Put, get, list and delete small objects. Says within 10 s what is wrong, if anything is."""
    return trial_answer(storage_trial.run_trial(parts.upkeep, actor, data.definition()))


@post(
    "/storages/{storage_id:str}/test",
    operation_id="test_storage",
    summary="Test a storage",
    tags=_TAGS,
    status_code=200,
    responses=documented(401, 403, 404),
    sync_to_thread=True,
)
def test_storage(parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]) -> TrialAnswer:
    """As `test_new_storage`, with the credentials that are kept."""
    definition = parts.upkeep.storages.definition(storage_id)
    return trial_answer(storage_trial.run_trial(parts.upkeep, actor, definition))


@post(
    "/storages/{storage_id:str}/repository",
    operation_id="create_repository",
    summary="Make the repository of a storage",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409, 503),
    sync_to_thread=True,
)
def create_repository(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]
) -> NewCodeAnswer:
    """Make an encrypted repository. Its recovery code is in this answer and nowhere else."""
    return new_code_answer(repository_keys.create(parts.upkeep, actor, storage_id))


@post(
    "/storages/{storage_id:str}/repository/adopt",
    operation_id="adopt_repository",
    summary="Take over a repository that is there already",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 503),
    sync_to_thread=True,
)
def adopt_repository(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], data: JSONBody[Adoption]
) -> Adopted:
    """Open it once with its recovery code or passphrase, and add the appliance's own key."""
    if bool(data.recovery_code) == bool(data.passphrase):
        raise UsageError("give the recovery code or the passphrase of the repository")
    secret = RecoveryCode(data.recovery_code) if data.recovery_code else Passphrase(data.passphrase)
    return Adopted(repository_keys.adopt(parts.upkeep, actor, storage_id, secret))


@post(
    "/storages/{storage_id:str}/recovery-code",
    operation_id="renew_recovery_code",
    summary="Make another recovery code",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409, 503),
    sync_to_thread=True,
)
def renew_recovery_code(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str]
) -> NewCodeAnswer:
    """Make a new recovery code; the old one opens nothing any more."""
    return new_code_answer(repository_keys.renew_code(parts.upkeep, actor, storage_id))


@post(
    "/storages/{storage_id:str}/recovery-code/confirm",
    operation_id="confirm_recovery_code",
    summary="Prove that the recovery code was kept",
    tags=_TAGS,
    status_code=204,
    responses=documented(400, 401, 403, 404, 409, 503),
    sync_to_thread=True,
)
def confirm_recovery_code(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], data: JSONBody[Proof]
) -> None:
    """Type the groups that were asked for, or the whole code."""
    if data.code:
        repository_keys.confirm_whole_code(parts.upkeep, actor, storage_id, data.code)
        return
    groups = {int(number): text for number, text in data.groups.items() if number.isdecimal()}
    repository_keys.confirm_code(parts.upkeep, actor, storage_id, groups)


@post(
    "/storages/{storage_id:str}/recovery-kit",
    operation_id="make_recovery_kit",
    summary="The recovery code on a page to print",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 409, 503),
    media_type="application/pdf",
    sync_to_thread=True,
)
def make_recovery_kit(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], data: JSONBody[KitWish]
) -> Response[bytes]:
    """Code, QR code, where the repository lies, and what to do. The code is tried, and not kept."""
    made = make_kit(parts.upkeep, actor, storage_id, data.recovery_code, data.format)
    media_type, ending = _KIT_FILES[data.format]
    return Response(
        made,
        media_type=media_type,
        headers={
            "Content-Disposition": f'attachment; filename="dropally-recovery-kit.{ending}"',
            "Cache-Control": "no-store",
        },
    )


@post(
    "/storages/{storage_id:str}/rebuild",
    operation_id="rebuild_catalog",
    summary="Make the storage's catalog again from its repository",
    tags=_TAGS,
    opt={"idempotent": True},
    responses=documented(401, 403, 404, 422),
    status_code=202,
    sync_to_thread=True,
)
def rebuild_catalog(
    parts: GivenParts,
    actor: GivenActor,
    storage_id: FromPath[str],
    idempotency_key: IdempotencyKey = "",
) -> Response[StartedJob]:
    """Start the rebuild; the old catalog is read until the new one is complete."""
    del idempotency_key  # read by the layer in front
    return started(request_rebuild(parts.upkeep, actor, storage_id))


handlers: list[Any] = [
    list_storages,
    get_storage,
    add_storage,
    change_storage,
    remove_storage,
    make_storage_default,
    test_new_storage,
    test_storage,
    create_repository,
    adopt_repository,
    renew_recovery_code,
    confirm_recovery_code,
    make_recovery_kit,
    rebuild_catalog,
]
