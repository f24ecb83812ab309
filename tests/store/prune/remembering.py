"""Functions whose answers depend on nothing but what they are given, remembered.

In a simulation one process is many machines, which derive the same keys and open the same objects
again and again.
"""

from functools import lru_cache

import pytest
from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from dropally.store import codec
from dropally.store.keys import keyring, sealing
from dropally.store.pack import header

_remembered = lru_cache(maxsize=20_000)


class _Hkdf:
    """As `HKDF`."""

    def __init__(
        self, algorithm: HashAlgorithm, length: int, salt: bytes | None, info: bytes | None
    ) -> None:
        self._parameters = (type(algorithm), length, salt, info)

    def derive(self, key: bytes) -> bytes:
        """As `HKDF.derive`."""
        return _derived(key, *self._parameters)


@_remembered
def _derived(
    key: bytes,
    algorithm: type[HashAlgorithm],
    length: int,
    salt: bytes | None,
    info: bytes | None,
) -> bytes:
    return HKDF(algorithm(), length, salt, info).derive(key)


_open_sealed = _remembered(sealing.open_sealed)
_decompress = _remembered(codec.decompress)


def remember(patch: pytest.MonkeyPatch) -> None:
    """Keys that were derived, and small objects that were opened and decompressed."""
    patch.setattr(sealing, "HKDF", _Hkdf)
    patch.setattr(header, "HKDF", _Hkdf)
    patch.setattr(keyring, "open_sealed", _open_sealed)
    patch.setattr(codec, "decompress", _decompress)
