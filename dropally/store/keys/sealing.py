"""Seal a small object: config of a slot, index segment, snapshot, point, session.

    magic "DLYS" | format 1 | suite 1 | epoch, 4 bytes big-endian | salt, 32 bytes | ciphertext + tag

The key of one object is HKDF-SHA256(key, salt), fresh with each object, so that the nonce may be
all zeros and no nonce state is kept that a restored or cloned machine could repeat.
Associated data binds the header, the repository, the kind and the name: an object of one kind, of
one name, or of another repository never opens as another.
"""

import os
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dropally.store.errors import DamagedError, NewerFormatError

KEY_BYTES = 32
SALT_BYTES = 32
TAG_BYTES = 16
REPOSITORY_ID_BYTES = 16

_MAGIC = b"DLYS"
_FORMAT = 1
_SUITE_AES_256_GCM = 1
_HEADER = struct.Struct(">4sBBI32s")
_NONCE = bytes(12)

HEADER_BYTES = _HEADER.size
OVERHEAD_BYTES = HEADER_BYTES + TAG_BYTES


def derive_key(key: bytes, label: bytes, *, salt: bytes | None = None) -> bytes:
    """HKDF-SHA256 of `key` to 32 bytes; `label` is HKDF's info."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt, label).derive(key)


def seal(
    key: bytes, kind: str, repository_id: bytes, name: str, plaintext: bytes, *, epoch: int = 0
) -> bytes:
    """Encrypt and authenticate `plaintext` as the object `name` of `kind`."""
    salt = os.urandom(SALT_BYTES)
    header = _HEADER.pack(_MAGIC, _FORMAT, _SUITE_AES_256_GCM, epoch, salt)
    cipher = _cipher(key, kind, salt)
    return header + cipher.encrypt(
        _NONCE, plaintext, bind(header, repository_id, kind.encode(), name.encode())
    )


def open_sealed(key: bytes, kind: str, repository_id: bytes, name: str, sealed: bytes) -> bytes:
    """The plaintext. Raises `DamagedError` when a byte, the kind or the name is another."""
    salt = _parse(sealed, kind, name)[1]
    header, ciphertext = sealed[:HEADER_BYTES], sealed[HEADER_BYTES:]
    bound = bind(header, repository_id, kind.encode(), name.encode())
    try:
        return _cipher(key, kind, salt).decrypt(_NONCE, ciphertext, bound)
    except InvalidTag as error:
        raise _damaged(kind, name) from error


def sealed_epoch(kind: str, name: str, sealed: bytes) -> int:
    """The epoch whose key sealed this object; to be trusted only once the object opened."""
    return _parse(sealed, kind, name)[0]


def bind(*parts: bytes) -> bytes:
    """Associated data from parts of any length, each preceded by its length: unambiguous."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def _cipher(key: bytes, kind: str, salt: bytes) -> AESGCM:
    return AESGCM(derive_key(key, b"dropally sealed " + kind.encode(), salt=salt))


def _parse(sealed: bytes, kind: str, name: str) -> tuple[int, bytes]:
    """`(epoch, salt)` from a header."""
    if len(sealed) < OVERHEAD_BYTES:
        raise _damaged(kind, name)
    magic, version, suite, epoch, salt = _HEADER.unpack_from(sealed)
    if magic != _MAGIC:
        raise _damaged(kind, name)
    if version != _FORMAT or suite != _SUITE_AES_256_GCM:
        raise NewerFormatError(
            f"{kind} {name} is sealed in format {version}, suite {suite}",
            hint="Upgrade this software; if it is the newest, the object is damaged: run verify.",
        )
    return epoch, salt


def _damaged(kind: str, name: str) -> DamagedError:
    return DamagedError(
        f"{kind} {name} does not open: its bytes were changed, or it belongs elsewhere",
        hint="Run verify, and bring the object back from a replica if there is one.",
    )
