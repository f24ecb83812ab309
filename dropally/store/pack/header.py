"""The first 64 bytes of a pack, and the cipher that they name.

    8  magic "DROPPACK"     2  version (1)     1  kind (1 data, 2 tree)     1  suite (1 AES-256-GCM)
    4  epoch               32  salt            16  zero                     little-endian

Each pack has a key of its own: HKDF-SHA256 of the epoch's key for the kind, with the salt, which is
fresh from the operating system. So nonces can be plain counters that nobody has to remember, and a
cloned machine cannot repeat one.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from dropally.store.backend import BytesLike
from dropally.store.errors import DamagedError, NewerFormatError

MAGIC = b"DROPPACK"
VERSION = 1
SUITE_AES_256_GCM = 1
HEADER_BYTES = 64
SALT_BYTES = 32
TAG_BYTES = 16
DIRECTORY_POSITION = (1 << 64) - 1

_HEADER = struct.Struct("<8sHBBI32s16x")
_NONCE = struct.Struct("<4xQ")
_POSITION = struct.Struct("<Q")


class PackKind(IntEnum):
    """What a pack holds: file bytes, or tree pages and chunk lists."""

    DATA = 1
    TREE = 2

    @property
    def key_label(self) -> str:
        """The label of the epoch's sub-key for packs of this kind."""
        return "data" if self is PackKind.DATA else "tree"


@dataclass(frozen=True, slots=True)
class PackHeader:
    """What stands in clear at the head of a pack. All of it is authenticated with every blob."""

    kind: PackKind
    epoch: int
    salt: bytes

    def encode(self) -> bytes:
        """The 64 bytes."""
        return _HEADER.pack(MAGIC, VERSION, self.kind, SUITE_AES_256_GCM, self.epoch, self.salt)

    @staticmethod
    def decode(encoded: bytes) -> "PackHeader":
        """Raises `DamagedError` or, for a later format, `NewerFormatError`."""
        if len(encoded) != HEADER_BYTES or encoded[:8] != MAGIC:
            raise DamagedError("a pack does not begin as one")
        _, version, kind, suite, epoch, salt = _HEADER.unpack(encoded)
        if version != VERSION or suite != SUITE_AES_256_GCM or kind not in list(PackKind):
            raise NewerFormatError(
                f"a pack of version {version}, kind {kind}, cipher suite {suite} is unknown",
                hint="Use the release that wrote it, or a later one.",
            )
        header = PackHeader(PackKind(kind), epoch, salt)
        if header.encode() != encoded:
            raise DamagedError("a pack's header holds bytes that should be zero")
        return header


class PackKeys(Protocol):
    """The keys that packs need: what a keyring offers."""

    @property
    def repository_id(self) -> bytes:
        """16 bytes, bound to every blob."""
        ...

    @property
    def current_epoch(self) -> int:
        """The epoch of new packs."""
        ...

    def key(self, label: str, epoch: int | None = None) -> bytes:
        """The 32-byte key of an epoch for a label."""
        ...


class PackCipher:
    """Seals and opens the blobs of one pack by their position in it."""

    def __init__(self, header: PackHeader, keys: PackKeys) -> None:
        kdf = HKDF(SHA256(), 32, header.salt, b"dropally pack 1" + keys.repository_id)
        self._cipher = AESGCM(kdf.derive(keys.key(header.kind.key_label, header.epoch)))
        self._bound = keys.repository_id + header.encode()

    def seal_into(self, position: int, plain: BytesLike, target: memoryview) -> None:
        """Write the sealed bytes (16 longer than `plain`) into `target`."""
        bound = self._bound + _POSITION.pack(position)
        self._cipher.encrypt_into(_NONCE.pack(position), plain, bound, target)

    def open(self, position: int, sealed: BytesLike) -> bytes:
        """The plain bytes. Raises `DamagedError` when a bit differs or they belong elsewhere."""
        if len(sealed) < TAG_BYTES:
            raise DamagedError("a sealed run of chunks is too short")
        plain = bytearray(len(sealed) - TAG_BYTES)
        bound = self._bound + _POSITION.pack(position)
        try:
            self._cipher.decrypt_into(_NONCE.pack(position), sealed, bound, plain)
        except InvalidTag as error:
            raise DamagedError("a sealed run of chunks was changed") from error
        return bytes(plain)


def pack_key(name: bytes) -> str:
    """Where a pack lies on the backend, by the SHA-256 of its bytes."""
    text = name.hex()
    return f"packs/{text[:2]}/{text}"
