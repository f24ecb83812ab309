"""Key slots: `keys/<id>`, each wrapping the keyring under one secret.

    magic "DLYK" | format 1 | header length, 4 bytes big-endian | header, JSON | nonce 12 | ciphertext

The header says what kind of secret opens the slot and what the derivation costs; it is bound to
the ciphertext. The id is the first half of the SHA-256 of the whole object, so that damage is told
apart from a wrong secret without any key.
"""

import hashlib
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dropally.store.backend import Backend
from dropally.store.errors import (
    DamagedError,
    LimitExceededError,
    NewerFormatError,
    ObjectNotFoundError,
    StoreError,
    WrongSecretError,
)
from dropally.store.keys.kdf import (
    KDF_SALT_BYTES,
    KdfLimits,
    KdfParameters,
    expand_random,
    stretch_passphrase,
)
from dropally.store.keys.keyring import (
    Keyring,
    decode_keyring,
    encode_keyring,
    merge_keyrings,
)
from dropally.store.keys.sealing import TAG_BYTES, bind
from dropally.store.keys.secret import Passphrase, Secret, SecretKind

PREFIX = "keys/"
MAX_SLOTS = 64
MAX_SLOT_BYTES = 64 * 1024

_MAGIC = b"DLYK"
_FORMAT = 1
_PREAMBLE = struct.Struct(">4sBI")
_NONCE_BYTES = 12
_ID_CHARACTERS = 32


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    kind: SecretKind
    salt: bytes
    label: str = ""
    argon2id: KdfParameters | None = None


@dataclass(frozen=True, slots=True)
class SlotInfo:
    """What can be told of a slot without its secret."""

    slot_id: str
    kind: SecretKind
    label: str


@dataclass(frozen=True, slots=True)
class _Slot:
    slot_id: str
    header: _Header
    bound: bytes
    nonce: bytes
    ciphertext: bytes


def add_slot(
    backend: Backend,
    keyring: Keyring,
    secret: Secret,
    *,
    kdf: KdfParameters | None = None,
    label: str = "",
    limits: KdfLimits | None = None,
) -> str:
    """Write a slot that `secret` opens; its id. The label is readable by whoever has the backend.

    Raises `LimitExceededError` for a `kdf` that `unlock` would refuse, `StoreError` for a secret
    that cannot serve, and what `put_new` raises.
    """
    parameters = (kdf or KdfParameters()) if isinstance(secret, Passphrase) else None
    if parameters is not None:
        (limits or KdfLimits()).check(parameters)
    header = _Header(secret.kind, os.urandom(KDF_SALT_BYTES), label, parameters)
    encoded = msgspec.json.encode(header)
    start = _PREAMBLE.pack(_MAGIC, _FORMAT, len(encoded)) + encoded
    nonce = os.urandom(_NONCE_BYTES)
    cipher = AESGCM(_wrapping_key(header, secret.material()))
    ciphertext = cipher.encrypt(nonce, encode_keyring(keyring), bind(start, keyring.repository_id))
    slot = start + nonce + ciphertext
    slot_id = _id_of(slot)
    backend.put_new(PREFIX + slot_id, [slot])
    return slot_id


def list_slots(backend: Backend) -> list[SlotInfo]:
    """The readable slots. Damaged ones are left out; verify names them."""
    slots, _ = _load_slots(backend)
    return [_info(slot) for slot in slots]


def _info(slot: _Slot) -> SlotInfo:
    return SlotInfo(slot.slot_id, slot.header.kind, slot.header.label)


def check_slots(backend: Backend) -> Iterator[tuple[str, str]]:
    """Each slot's key on the backend, and what is wrong with it ("" for nothing)."""
    for stat in backend.list(PREFIX):
        try:
            _load_slot(backend, stat.key, stat.size_bytes)
        except (DamagedError, NewerFormatError) as error:
            yield stat.key, error.message
        except ObjectNotFoundError:
            continue  # removed since it was listed
        else:
            yield stat.key, ""


def remove_slot(backend: Backend, slot_id: str) -> None:
    """Remove a slot; never the last readable one.

    Who kept a copy of the slot and its secret can still open what was written in the epochs it
    holds. Raises `ObjectNotFoundError`, `StoreError`.
    """
    backend.stat(PREFIX + slot_id)
    slots, _ = _load_slots(backend)
    if not any(slot.slot_id != slot_id for slot in slots):
        raise StoreError(
            "the last key slot is never removed: nobody could open the repository again",
            hint="Add another slot first.",
        )
    backend.delete(PREFIX + slot_id)


def unlock(
    backend: Backend, repository_id: bytes, secret: Secret, *, limits: KdfLimits | None = None
) -> Keyring:
    """The keyring, with all epochs that slots of this secret hold.

    Raises `WrongSecretError` when no slot opens, `LimitExceededError` when the only slots of this
    kind ask for unsafe work, `DamagedError` when the only ones are damaged.
    """
    opened = open_slots(backend, repository_id, secret, limits=limits)
    return merge_keyrings([keyring for _, keyring in opened])


def open_slots(
    backend: Backend, repository_id: bytes, secret: Secret, *, limits: KdfLimits | None = None
) -> list[tuple[SlotInfo, Keyring]]:
    """Each slot that a secret opens, one at least, with what it holds. Raises as `unlock`."""
    slots, unreadable = _load_slots(backend)
    material = secret.material()
    refused: StoreError | None = unreadable[0] if unreadable and not slots else None
    opened: list[tuple[SlotInfo, Keyring]] = []
    for slot in slots:
        if slot.header.kind != secret.kind:
            continue
        try:
            keyring = _open_slot(slot, repository_id, material, limits or KdfLimits())
        except LimitExceededError as error:
            refused = error
            continue
        if keyring is not None:
            opened.append((_info(slot), keyring))
    if not opened:
        raise refused or _wrong_secret(secret, unreadable)
    return opened


def _open_slot(
    slot: _Slot, repository_id: bytes, material: bytes, limits: KdfLimits
) -> Keyring | None:
    """The keyring, or None when the secret is another one."""
    if slot.header.argon2id is not None:
        limits.check(slot.header.argon2id)
    cipher = AESGCM(_wrapping_key(slot.header, material))
    try:
        plaintext = cipher.decrypt(slot.nonce, slot.ciphertext, bind(slot.bound, repository_id))
    except InvalidTag:
        return None
    keyring = decode_keyring(plaintext)
    if keyring.repository_id != repository_id:
        raise DamagedError(f"key slot {slot.slot_id} belongs to another repository")
    return keyring


def _wrapping_key(header: _Header, material: bytes) -> bytes:
    if header.argon2id is not None:
        return stretch_passphrase(material, header.salt, header.argon2id)
    return expand_random(material, header.salt, header.kind)


def _load_slots(backend: Backend) -> tuple[list[_Slot], list[StoreError]]:
    slots: list[_Slot] = []
    unreadable: list[StoreError] = []
    for count, stat in enumerate(backend.list(PREFIX), start=1):
        if count > MAX_SLOTS:
            raise LimitExceededError(
                f"{backend.location} holds more than {MAX_SLOTS} key slots",
                hint="Somebody filled keys/ with objects; remove those that are not yours.",
            )
        try:
            slots.append(_load_slot(backend, stat.key, stat.size_bytes))
        except (DamagedError, NewerFormatError) as error:
            unreadable.append(error)
        except ObjectNotFoundError:
            continue  # removed since it was listed
    return slots, unreadable


def _load_slot(backend: Backend, key: str, size_bytes: int) -> _Slot:
    if size_bytes > MAX_SLOT_BYTES:
        raise DamagedError(f"{key} is too long for a key slot")
    data = backend.get(key)
    slot_id = key.removeprefix(PREFIX)
    if _id_of(data) != slot_id:
        raise DamagedError(f"key slot {slot_id} is damaged: its bytes do not give its name")
    return _parse_slot(slot_id, data)


def _parse_slot(slot_id: str, data: bytes) -> _Slot:
    try:
        magic, version, length = _PREAMBLE.unpack_from(data)
        start = _PREAMBLE.size + length
        if magic != _MAGIC:
            raise DamagedError(f"key slot {slot_id} is none")
        if version != _FORMAT:
            raise NewerFormatError(
                f"key slot {slot_id} has format {version}", hint="Upgrade this software."
            )
        header = msgspec.json.decode(data[_PREAMBLE.size : start], type=_Header)
    except (struct.error, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"key slot {slot_id} is malformed") from error
    if (header.kind == Passphrase.kind) != (header.argon2id is not None):
        # A passphrase must never pass through the cheap derivation made for random bytes.
        raise DamagedError(f"key slot {slot_id} derives its key in a way its kind forbids")
    nonce_end = start + _NONCE_BYTES
    if len(data) < nonce_end + TAG_BYTES:
        raise DamagedError(f"key slot {slot_id} is cut short")
    return _Slot(slot_id, header, data[:start], data[start:nonce_end], data[nonce_end:])


def _id_of(slot: bytes) -> str:
    return hashlib.sha256(slot).hexdigest()[:_ID_CHARACTERS]


def _wrong_secret(secret: Secret, unreadable: list[StoreError]) -> WrongSecretError:
    word = secret.kind.replace("-", " ")
    hint = f"Check the {word}, or use another secret that was added to this repository."
    if unreadable:
        hint += (
            f" {len(unreadable)} key slots are damaged or newer: the right one may be among them."
        )
    return WrongSecretError(f"no key slot opens with this {word}", hint=hint)
