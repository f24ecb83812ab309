"""Key derivation that remembers: the same keys are derived many times where one process is many."""

from functools import lru_cache

from cryptography.hazmat.primitives.hashes import HashAlgorithm
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


class RememberedHkdf:
    """As `HKDF`, for SHA-256."""

    def __init__(
        self, algorithm: HashAlgorithm, length: int, salt: bytes | None, info: bytes | None
    ) -> None:
        self._parameters = (algorithm.name, length, salt, info)
        self._algorithm = algorithm

    def derive(self, key: bytes) -> bytes:
        """As `HKDF.derive`."""
        return _derived(key, self._algorithm.__class__, *self._parameters[1:])


@lru_cache(maxsize=20_000)
def _derived(
    key: bytes,
    algorithm: type[HashAlgorithm],
    length: int,
    salt: bytes | None,
    info: bytes | None,
) -> bytes:
    return HKDF(algorithm(), length, salt, info).derive(key)
