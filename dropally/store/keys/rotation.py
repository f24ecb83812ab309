"""A new epoch: new master keys from here on, in slots that are written anew.

The order makes an interruption harmless. The number of the epoch is claimed first, so that no other
attempt ever gives it to other keys. Slots of people's secrets come next and key files last: whoever
writes unattended uses the new keys only when every other secret that was given opens them too. Old
slots go at the very end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from dropally.store.backend import Backend
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    LimitExceededError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
)
from dropally.store.keys.kdf import KdfLimits, KdfParameters
from dropally.store.keys.keyring import Keyring, begin_epoch, merge_keyrings
from dropally.store.keys.secret import KeyFile, Secret
from dropally.store.keys.slots import PREFIX as SLOTS
from dropally.store.keys.slots import add_slot, list_slots, open_slots, remove_slot

PREFIX = "epochs/"
_CLAIM = b"claimed\n"
_MOST_CLAIMS = 10_000
_TRY_AGAIN = "Nothing was removed. Try again, or look at the storage."


@dataclass(frozen=True, slots=True)
class Rotation:
    """The new keyring, and ids of slots: those written, and old ones by what became of them.

    `staying`: the storage denies deletion. They open what was written before, nothing newer.
    """

    keyring: Keyring
    written: tuple[str, ...]
    removed: tuple[str, ...]
    staying: tuple[str, ...]


def rotate_keys(
    backend: Backend,
    repository_id: bytes,
    secrets: Sequence[Secret],
    *,
    kdf: KdfParameters | None = None,
    limits: KdfLimits | None = None,
) -> Rotation:
    """Begin a new epoch, open to `secrets` only; slots of other secrets are removed.

    Each must open the repository already. What was written before stays readable, and is sealed
    anew when its packs are rewritten. Nobody else may use the repository meanwhile.
    Raises `WrongSecretError` before anything is changed, and what the backend raises. After an
    error, or where it was interrupted, run it again.
    """
    if not secrets:
        raise StoreError("new keys without a secret that opens them would lock everybody out")
    old = [slot.slot_id for slot in list_slots(backend)]
    opened = [open_slots(backend, repository_id, one, limits=limits) for one in secrets]
    known = merge_keyrings([keyring for slots in opened for _, keyring in slots])
    fresh = begin_epoch(known, _claim_epoch(backend, known))
    written = []
    for secret, slots in sorted(zip(secrets, opened, strict=True), key=_unattended_last):
        label = next((slot.label for slot, _ in slots if slot.label), "")
        slot_id = add_slot(backend, fresh, secret, kdf=kdf, label=label, limits=limits)
        _check_written(backend, repository_id, slot_id, secret, fresh, limits)
        written.append(slot_id)
    removed, staying = _remove(backend, old)
    return Rotation(fresh, tuple(written), removed, staying)


def change_secret(
    backend: Backend,
    keyring: Keyring,
    slot_id: str,
    secret: Secret,
    *,
    label: str = "",
    kdf: KdfParameters | None = None,
    limits: KdfLimits | None = None,
) -> str:
    """Put a slot for another secret in a slot's place; its id. The new one is there first.

    Raises `ObjectNotFoundError` before anything is written, and as `add_slot`, `remove_slot`.
    """
    backend.stat(SLOTS + slot_id)
    made = add_slot(backend, keyring, secret, kdf=kdf, label=label, limits=limits)
    remove_slot(backend, slot_id)
    return made


def _unattended_last(given: tuple[Secret, object]) -> bool:
    return given[0].kind == KeyFile.kind


def _check_written(
    backend: Backend,
    repository_id: bytes,
    slot_id: str,
    secret: Secret,
    fresh: Keyring,
    limits: KdfLimits | None,
) -> None:
    """The old slots go because of the new ones: those are read back and opened before."""
    for slot, keyring in open_slots(backend, repository_id, secret, limits=limits):
        if slot.slot_id == slot_id and keyring == fresh:
            return
    raise DamagedError(f"key slot {slot_id} does not open as it was written", hint=_TRY_AGAIN)


def _claim_epoch(backend: Backend, keyring: Keyring) -> int:
    """A number that no other attempt has, be it interrupted or on another machine."""
    first = max(keyring.epochs) + 1
    for epoch in range(first, first + _MOST_CLAIMS):
        try:
            backend.put_new(f"{PREFIX}{epoch}", [_CLAIM])
        except AlreadyExistsError:
            continue
        return epoch
    raise LimitExceededError(
        f"{backend.location} holds {_MOST_CLAIMS} claims of key epochs",
        hint=f"Somebody filled {PREFIX} with objects; remove those.",
    )


def _remove(backend: Backend, slot_ids: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    removed: list[str] = []
    for number, slot_id in enumerate(slot_ids):
        try:
            remove_slot(backend, slot_id)
        except ObjectNotFoundError:
            continue  # somebody else removed it meanwhile
        except ReadOnlyError:
            return tuple(removed), tuple(slot_ids[number:])
        removed.append(slot_id)
    return tuple(removed), ()
