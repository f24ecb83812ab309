"""The keys of a repository: further ways in, and new keys for all of them."""

from typing import Any, Literal

import msgspec
from litestar import delete, post
from litestar.params import FromPath, JSONBody

from dropally.server.given import GivenActor, GivenParts
from dropally.server.problems import documented
from dropally.upkeep import key_slots

_TAGS = ["storages"]


class NewKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A further secret. A key file is made by the appliance; a passphrase is given.

    `replaces`: the id of the slot whose place it takes.
    """

    kind: Literal["passphrase", "key-file"]
    passphrase: str = ""
    label: str = ""
    replaces: str = ""


class AddedKeyAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The slot that was made. `key_file` is the content of a new key file, shown only now."""

    id: str
    kind: str
    label: str
    key_file: str


class RotationWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The secrets that open the new keys besides the appliance's own; others open nothing newer."""

    recovery_code: str
    passphrases: list[str] = []


class RotationAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The epoch that began, how many slots open it, and how many old ones could not be removed."""

    epoch: int
    slots: int
    staying: int


@post(
    "/storages/{storage_id:str}/keys",
    operation_id="add_key",
    summary="Let a further secret open the repository",
    tags=_TAGS,
    responses=documented(400, 401, 403, 404, 409, 422, 503),
    sync_to_thread=True,
)
def add_key(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], data: JSONBody[NewKey]
) -> AddedKeyAnswer:
    """Add a passphrase, or make a key file; either may take the place of another slot."""
    if data.kind == "passphrase":
        made = key_slots.add_passphrase(
            parts.upkeep, actor, storage_id, data.passphrase, data.label, data.replaces
        )
    else:
        made = key_slots.add_key_file(parts.upkeep, actor, storage_id, data.label, data.replaces)
    return AddedKeyAnswer(
        id=made.slot_id, kind=made.kind, label=made.label, key_file=str(made.key_file)
    )


@delete(
    "/storages/{storage_id:str}/keys/{slot_id:str}",
    operation_id="remove_key",
    summary="Take a key slot away",
    tags=_TAGS,
    responses=documented(401, 403, 404, 409, 503),
    sync_to_thread=True,
)
def remove_key(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], slot_id: FromPath[str]
) -> None:
    """Remove a slot, but for the appliance's own and the last recovery code."""
    key_slots.remove(parts.upkeep, actor, storage_id, slot_id)


@post(
    "/storages/{storage_id:str}/keys/rotate",
    operation_id="rotate_keys",
    summary="Begin new keys",
    tags=_TAGS,
    status_code=200,
    responses=documented(400, 401, 403, 404, 409, 503),
    sync_to_thread=True,
)
def rotate_keys(
    parts: GivenParts, actor: GivenActor, storage_id: FromPath[str], data: JSONBody[RotationWish]
) -> RotationAnswer:
    """What is written from now on is sealed with keys that no removed secret opens."""
    made = key_slots.rotate(
        parts.upkeep, actor, storage_id, data.recovery_code, tuple(data.passphrases)
    )
    return RotationAnswer(epoch=made.epoch, slots=made.slots, staying=made.staying)


handlers: list[Any] = [add_key, remove_key, rotate_keys]
