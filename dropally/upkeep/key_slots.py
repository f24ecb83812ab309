"""More than one way into a repository: passphrases and key files beside the recovery code.

A secret that is added here opens the repository without the appliance. The recovery code has ways
of its own (`repository_keys`), and the appliance's own slot is never taken from it.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from dropally.auth import audit
from dropally.auth.actors import Actor
from dropally.auth.errors import FieldsError, StateError
from dropally.auth.guard import require
from dropally.auth.tokens import SecretText
from dropally.auth.verbs import Verb
from dropally.common.errors import ConflictError, DeniedError, NotFoundError
from dropally.store import (
    Passphrase,
    RecoveryCode,
    Repository,
    Secret,
    WrongSecretError,
    new_key_file,
)
from dropally.store.backend import Backend
from dropally.store.keys import (
    Keyring,
    add_slot,
    change_secret,
    list_slots,
    open_slots,
    remove_slot,
    rotate_keys,
)
from dropally.store.snapshot import live_sessions
from dropally.upkeep.context import UpkeepContext

LEAST_CHARACTERS = 12
_MOST_CHARACTERS = 1000
_LONGEST_LABEL = 200
# A writer refreshes its session every five minutes.
_SILENT_FOR = timedelta(minutes=30)


@dataclass(frozen=True)
class AddedKey:
    """A slot that was just made. `key_file` is the content of a new key file, shown only now."""

    slot_id: str
    kind: str
    label: str
    key_file: SecretText = field(default=SecretText(""), repr=False)


@dataclass(frozen=True)
class NewEpoch:
    """What a rotation left. `staying` old slots could not be removed."""

    epoch: int
    slots: int
    staying: int


def add_passphrase(
    ctx: UpkeepContext, actor: Actor, storage_id: str, text: str, label: str, replaces: str = ""
) -> AddedKey:
    """Let a passphrase open the repository, in the place of the slot `replaces` if one is named.

    Raises ForbiddenError, NotFoundError, FieldsError, StateError, the store's errors.
    """
    require(ctx.auth, actor, Verb.KEY_EXPORT)
    problems = _label_problems(label)
    if not LEAST_CHARACTERS <= len(text) <= _MOST_CHARACTERS:
        problems.append(("passphrase", f"must have at least {LEAST_CHARACTERS} characters"))
    if problems:
        raise FieldsError(problems)
    slot_id = _add(ctx, actor, storage_id, Passphrase(text), label, replaces)
    return AddedKey(slot_id, Passphrase.kind, label)


def add_key_file(
    ctx: UpkeepContext, actor: Actor, storage_id: str, label: str, replaces: str = ""
) -> AddedKey:
    """Make a key file that opens the repository; its content is in the answer and nowhere else.

    Raises as `add_passphrase`.
    """
    require(ctx.auth, actor, Verb.KEY_EXPORT)
    if problems := _label_problems(label):
        raise FieldsError(problems)
    with TemporaryDirectory(dir=ctx.data_folder) as folder:
        secret = new_key_file(Path(folder) / "key")
        content = SecretText((Path(folder) / "key").read_text(encoding="ascii"))
        slot_id = _add(ctx, actor, storage_id, secret, label, replaces)
    return AddedKey(slot_id, secret.kind, label, content)


def remove(ctx: UpkeepContext, actor: Actor, storage_id: str, slot_id: str) -> None:
    """Take a slot away; its secret opens nothing that is written after the next new keys.

    Raises ForbiddenError, NotFoundError, StateError for the appliance's own slot and for the last
    recovery code, the store's errors.
    """
    require(ctx.auth, actor, Verb.KEY_EXPORT)
    with ctx.storages.repository(storage_id) as repository:
        _check_removable(ctx, repository, slot_id)
        remove_slot(repository.backend, slot_id)
    _tell(ctx, actor, storage_id, f"A key of storage {storage_id} was removed.")


def rotate(
    ctx: UpkeepContext,
    actor: Actor,
    storage_id: str,
    recovery_code: str,
    passphrases: tuple[str, ...] = (),
) -> NewEpoch:
    """Begin new keys: for the appliance, the recovery code, and the passphrases given.

    All other slots go. The code is asked for because nobody but its holder can put it into the new
    slot; so the appliance never writes what the code does not open. Raises ForbiddenError,
    NotFoundError, DeniedError for a wrong secret, ConflictError while jobs use the repository, the
    store's errors.
    """
    require(ctx.auth, actor, Verb.KEY_EXPORT)
    with ctx.storages.repository(storage_id) as repository:
        repository_id = repository.keyring.repository_id
        keyring = repository.keyring
    given: list[Secret] = [RecoveryCode(recovery_code), *map(Passphrase, passphrases)]
    with ctx.storages.alone(storage_id) as backend, ctx.new_secret() as (own, _):
        _check_quiet(ctx, storage_id, backend, keyring)
        try:
            made = rotate_keys(backend, repository_id, [*given, own])
        except WrongSecretError as error:
            raise DeniedError(
                f"nothing was changed: {error.message}",
                hint="leave out a passphrase that is lost; for a lost code, make a new one first",
            ) from error
    _tell(ctx, actor, storage_id, f"New keys were begun for storage {storage_id}.")
    return NewEpoch(made.keyring.current_epoch, len(made.written), len(made.staying))


def _add(
    ctx: UpkeepContext, actor: Actor, storage_id: str, secret: Secret, label: str, replaces: str
) -> str:
    with ctx.storages.repository(storage_id) as repository:
        backend, keyring = repository.backend, repository.keyring
        if not replaces:
            slot_id = add_slot(backend, keyring, secret, label=label)
        else:
            _check_removable(ctx, repository, replaces)
            slot_id = change_secret(backend, keyring, replaces, secret, label=label)
    words = secret.kind.replace("-", " ")
    _tell(ctx, actor, storage_id, f"A {words} was added that opens storage {storage_id}.")
    return slot_id


def _check_removable(ctx: UpkeepContext, repository: Repository, slot_id: str) -> None:
    slots = {slot.slot_id: slot for slot in list_slots(repository.backend)}
    if slot_id not in slots:
        raise NotFoundError(
            f"no key slot is called {slot_id!r}", hint="`dropally key status` lists them"
        )
    codes = [slot for slot in slots.values() if slot.kind == RecoveryCode.kind]
    if slots[slot_id] in codes and len(codes) == 1:
        raise StateError(
            "last_recovery_code",
            "without its recovery code the repository is lost with this machine",
            hint="make a new code instead: that ends the old one",
        )
    if slot_id in own_slots(ctx, repository):
        raise StateError(
            "own_key_slot",
            "the appliance itself opens the repository by this slot",
            hint="choose another slot; new keys for all replace it",
        )


def own_slots(ctx: UpkeepContext, repository: Repository) -> frozenset[str]:
    """The slots that the appliance's own secret opens."""
    with ctx.new_secret() as (own, _):
        try:
            opened = open_slots(repository.backend, repository.keyring.repository_id, own)
        except WrongSecretError:
            return frozenset()
    return frozenset(slot.slot_id for slot, _ in opened)


def _check_quiet(ctx: UpkeepContext, storage_id: str, backend: Backend, keyring: Keyring) -> None:
    """Another machine's writer would meet objects sealed with keys that it does not have."""
    since = ctx.now() - _SILENT_FOR
    for session in live_sessions(backend, keyring):
        if session.refreshed >= since and not session.ended:
            raise ConflictError(
                "storage_in_use",
                f"somebody writes to storage {storage_id} just now: {session.note}",
                hint="try again when they have ended",
            )


def _label_problems(label: str) -> list[tuple[str, str]]:
    if len(label) > _LONGEST_LABEL or not label.isprintable():
        return [("label", f"must be one line of at most {_LONGEST_LABEL} characters")]
    return []


def _tell(ctx: UpkeepContext, actor: Actor, storage_id: str, sentence: str) -> None:
    with ctx.auth.write() as connection:
        audit.record(
            connection, ctx.now(), actor, audit.Activity.KEY_USED, sentence, target=storage_id
        )
    ctx.events.publish("storage_changed", {"storage_id": storage_id}, needs=Verb.STORAGE_READ)
