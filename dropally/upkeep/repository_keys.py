"""A storage's repository comes to be, and who can open it: key slots and the recovery code.

The recovery code is shown once and kept nowhere. Whoever was shown it proves to have kept it by
typing two of its groups; those two are remembered until then, sealed.
"""

import secrets
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import msgspec

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import StateError
from dropally.auth.guard import require
from dropally.auth.tokens import SecretText, equal_secrets
from dropally.auth.verbs import Verb
from dropally.catalog import storages
from dropally.common.errors import ConflictError, DeniedError
from dropally.store import (
    AlreadyExistsError,
    ReadOnlyError,
    RecoveryCode,
    Repository,
    Secret,
    WrongSecretError,
    create_repository,
    new_recovery_code,
    open_repository,
)
from dropally.store.backend import open_backend
from dropally.store.keys import add_slot, list_slots, remove_slot, unlock
from dropally.upkeep.context import UpkeepContext

_GROUPS = 8
_ASKED = 2
_OLD_CODE_STAYS = (
    "The old recovery code still works, because the storage denies deletion. Allow it, then make a"
    " new code again."
)


@dataclass(frozen=True)
class NewCode:
    """A recovery code that was just made, and the groups (from 1) to type as a proof.

    `warning`: what did not work beside that; "" as a rule.
    """

    storage_id: str
    repository_id: str
    recovery_code: SecretText = field(repr=False)
    groups_to_type: tuple[int, ...]
    warning: str = ""


def create(ctx: UpkeepContext, actor: Actor, storage_id: str) -> NewCode:
    """Make the repository of a storage that has none; the one moment its code is shown.

    Raises ForbiddenError, NotFoundError, ConflictError if there is one, the store's errors.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    code = SecretText(new_recovery_code())
    definition = ctx.storages.definition(storage_id)
    backend = open_backend(definition.location, definition.options)
    try:
        with ctx.new_secret() as (own, _):
            repository = create_repository(
                backend, secrets=[own, RecoveryCode(code)], clock=ctx.auth.clock.now
            )
            repository_id = repository.config.repository_id
            repository.close()
    except AlreadyExistsError as error:
        raise ConflictError(
            "repository_exists",
            f"there is a repository already at {definition.location}",
            hint="take it over with its recovery code, or choose another place",
        ) from error
    finally:
        backend.close()
    ctx.storages.check(storage_id)
    sentence = f"A repository was made in storage {storage_id} ({definition.location})."
    return _hand_out(ctx, actor, storage_id, repository_id, code, sentence)


def adopt(ctx: UpkeepContext, actor: Actor, storage_id: str, secret: Secret) -> str:
    """Let the appliance open a repository that is there already; its id.

    A recovery code that opens it counts as confirmed. Raises ForbiddenError, NotFoundError, the
    store's errors: WrongSecretError, NotARepositoryError.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    definition = ctx.storages.definition(storage_id)
    backend = open_backend(definition.location, definition.options)
    try:
        repository = open_repository(backend, secret, clock=ctx.auth.clock.now)
    except BaseException:
        backend.close()
        raise
    try:
        repository_id = repository.config.repository_id
        let_appliance_open(ctx, repository)
    finally:
        repository.close()
    ctx.storages.check(storage_id)
    with ctx.auth.write() as connection:
        if isinstance(secret, RecoveryCode):
            storages.note_code_confirmed(
                connection, storage_id, repository_id, actor.label, ctx.now()
            )
        _record(
            connection,
            ctx,
            actor,
            storage_id,
            f"The repository in storage {storage_id} was taken over.",
        )
    return repository_id


def let_appliance_open(ctx: UpkeepContext, repository: Repository) -> None:
    """Add a slot for the appliance's own key, unless one opens with it already."""
    with ctx.new_secret() as (own, _):
        if not _opens(repository, own):
            add_slot(repository.backend, repository.keyring, own, label="appliance")


def _opens(repository: Repository, secret: Secret) -> bool:
    try:
        unlock(repository.backend, repository.keyring.repository_id, secret)
    except WrongSecretError:
        return False
    return True


def renew_code(ctx: UpkeepContext, actor: Actor, storage_id: str) -> NewCode:
    """Make another recovery code; those from before open nothing any more.

    Raises ForbiddenError, NotFoundError, the store's errors.
    """
    require(ctx.auth, actor, Verb.KEY_EXPORT)
    code = SecretText(new_recovery_code())
    with ctx.storages.repository(storage_id) as repository:
        backend = repository.backend
        old = [slot.slot_id for slot in list_slots(backend) if slot.kind == RecoveryCode.kind]
        add_slot(backend, repository.keyring, RecoveryCode(code))
        repository_id = repository.config.repository_id
        sentence = f"A new recovery code was made for storage {storage_id}."
        made = _hand_out(ctx, actor, storage_id, repository_id, code, sentence)
        try:
            for slot_id in old:
                remove_slot(backend, slot_id)
        except ReadOnlyError:
            return replace(made, warning=_OLD_CODE_STAYS)
    return made


def confirm_code(
    ctx: UpkeepContext, actor: Actor, storage_id: str, groups: Mapping[int, str]
) -> None:
    """Take the proof that the code was kept: the groups that were asked for, as typed.

    Raises ForbiddenError, StateError when no proof is awaited, DeniedError for other text.
    """
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    with ctx.auth.read() as connection:
        row = storages.keys_of(connection, storage_id)
    if row is None or not row.asked_groups:
        raise StateError(
            "no_proof_awaited",
            "no proof is awaited for this recovery code",
            hint="type the whole code, or make a new one",
        )
    asked = _asked_groups(ctx, storage_id, row.asked_groups)
    right = [
        equal_secrets(_as_typed(groups.get(number, "")), text) for number, text in asked.items()
    ]
    if not all(right):
        raise _not_the_code()
    _note_confirmed(ctx, actor, storage_id, row.repository_id)


def confirm_whole_code(ctx: UpkeepContext, actor: Actor, storage_id: str, code: str) -> None:
    """Take the whole code as proof, whenever it was made. Raises as `confirm_code` does."""
    require(ctx.auth, actor, Verb.STORAGE_MANAGE)
    with ctx.storages.repository(storage_id) as repository:
        if not _opens(repository, RecoveryCode(code)):
            raise _not_the_code()
        repository_id = repository.config.repository_id
    _note_confirmed(ctx, actor, storage_id, repository_id)


def groups_to_type(ctx: UpkeepContext, storage_id: str) -> tuple[int, ...]:
    """The groups that are asked for; none when no proof is awaited."""
    with ctx.auth.read() as connection:
        row = storages.keys_of(connection, storage_id)
    if row is None or not row.asked_groups:
        return ()
    return tuple(_asked_groups(ctx, storage_id, row.asked_groups))


def _hand_out(
    ctx: UpkeepContext,
    actor: Actor,
    storage_id: str,
    repository_id: str,
    code: SecretText,
    sentence: str,
) -> NewCode:
    parts = code.split("-")
    numbers = sorted(secrets.SystemRandom().sample(range(1, _GROUPS + 1), _ASKED))
    asked = msgspec.json.encode({str(number): parts[number - 1] for number in numbers})
    sealed = ctx.auth.sealer.seal(asked, _purpose(storage_id))
    with ctx.auth.write() as connection:
        storages.note_code_shown(connection, storage_id, repository_id, sealed, ctx.now())
        _record(connection, ctx, actor, storage_id, sentence)
    ctx.events.publish("storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ)
    return NewCode(storage_id, repository_id, code, tuple(numbers))


def _note_confirmed(ctx: UpkeepContext, actor: Actor, storage_id: str, repository_id: str) -> None:
    with ctx.auth.write() as connection:
        storages.note_code_confirmed(connection, storage_id, repository_id, actor.label, ctx.now())
        _record(
            connection,
            ctx,
            actor,
            storage_id,
            f"The recovery code of storage {storage_id} was confirmed as kept.",
        )
    ctx.events.publish("storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ)


def _asked_groups(ctx: UpkeepContext, storage_id: str, sealed: bytes) -> dict[int, str]:
    opened = ctx.auth.sealer.open(sealed, _purpose(storage_id))
    return {int(number): text for number, text in msgspec.json.decode(opened).items()}


def _as_typed(text: str) -> str:
    """A group as the store reads codes: case does not matter, nor O for 0, I and L for 1."""
    plain = "".join(text.split()).replace("-", "").upper()
    return plain.replace("O", "0").replace("I", "1").replace("L", "1")


def _not_the_code() -> DeniedError:
    return DeniedError(
        "this is not the recovery code that was shown",
        hint="compare it with what you wrote down, group by group",
    )


def _record(
    connection: sqlite3.Connection,
    ctx: UpkeepContext,
    actor: Actor,
    storage_id: str,
    sentence: str,
) -> None:
    audit.record(connection, ctx.now(), actor, audit.Activity.KEY_USED, sentence, target=storage_id)


def _purpose(storage_id: str) -> str:
    return f"recovery-code:{storage_id}"
