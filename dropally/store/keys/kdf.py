"""From a secret to the key that wraps a slot: Argon2id for passphrases, HKDF for random bytes."""

from dataclasses import dataclass

import argon2.exceptions
import msgspec
from argon2.low_level import Type, hash_secret_raw

from dropally.store.errors import LimitExceededError, StoreError
from dropally.store.keys.sealing import KEY_BYTES, derive_key

KDF_SALT_BYTES = 32


class KdfParameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The cost of one guess at a passphrase (RFC 9106): memory in KiB, passes over it, lanes."""

    memory_kib: int = 128 * 1024
    passes: int = 4
    lanes: int = 4


_FLOOR = KdfParameters(memory_kib=64 * 1024, passes=3, lanes=1)
_CEILING = KdfParameters(memory_kib=1024 * 1024, passes=64, lanes=16)


@dataclass(frozen=True, slots=True)
class KdfLimits:
    """What a slot may ask for.

    Below the floor somebody with write access could have made guessing cheap; above the ceiling
    opening the slot would take the machine's memory or its day.
    """

    floor: KdfParameters = _FLOOR
    ceiling: KdfParameters = _CEILING
    work_kib: int = 8 * 1024 * 1024  # memory times passes

    def check(self, wanted: KdfParameters) -> None:
        """Raise `LimitExceededError` for parameters outside the limits."""
        for name in ("memory_kib", "passes", "lanes"):
            value, low, high = (getattr(p, name) for p in (wanted, self.floor, self.ceiling))
            if not low <= value <= high:
                raise LimitExceededError(
                    f"a key slot asks for {name} = {value}; {low} to {high} is safe",
                    hint="Somebody may have changed the slot. Open with another secret.",
                )
        if wanted.memory_kib * wanted.passes > self.work_kib:
            raise LimitExceededError("a key slot asks for more work than is safe to obey")


def stretch_passphrase(material: bytes, salt: bytes, parameters: KdfParameters) -> bytes:
    """32 bytes by Argon2id. Raises `StoreError` when the machine lacks the memory."""
    try:
        return hash_secret_raw(
            secret=material,
            salt=salt,
            time_cost=parameters.passes,
            memory_cost=parameters.memory_kib,
            parallelism=parameters.lanes,
            hash_len=KEY_BYTES,
            type=Type.ID,
        )
    except argon2.exceptions.HashingError as error:
        raise StoreError(
            f"Argon2id failed: {error}",
            hint=f"It needs {parameters.memory_kib // 1024} MiB of free memory.",
        ) from error


def expand_random(material: bytes, salt: bytes, kind: str) -> bytes:
    """32 bytes by HKDF-SHA256 from a secret that is random already."""
    return derive_key(material, b"dropally slot " + kind.encode(), salt=salt)
