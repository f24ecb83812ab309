"""Fill a pack in memory: blobs are sealed straight into the buffer that is uploaded."""

import hashlib
import os
import struct
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from dropally.store.backend import BytesLike
from dropally.store.codec import frame
from dropally.store.content import ContentRecord
from dropally.store.pack.directory import MAX_BLOBS, Directory, DirectoryBuilder
from dropally.store.pack.header import (
    DIRECTORY_POSITION,
    HEADER_BYTES,
    SALT_BYTES,
    TAG_BYTES,
    PackCipher,
    PackHeader,
    PackKeys,
    PackKind,
)

DIRECTORY_STEP_BYTES = 4096
TRAILER = struct.Struct("<I8s")
TRAILER_MAGIC = b"DROPKEND"
_DIRECTORY_LEVEL = 1
# A directory much longer than this makes adoption and the index's segments unwieldy.
_FULL_DIRECTORY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SealedPack:
    """A finished pack: its name (SHA-256 of the bytes), its parts, and what the index needs."""

    name: bytes
    parts: list[BytesLike]
    size_bytes: int
    header: PackHeader
    directory: Directory


class PackBuilder:
    """One pack under way. Not to be shared by threads without a lock."""

    def __init__(self, kind: PackKind, keys: PackKeys, buffer: memoryview, full_bytes: int) -> None:
        self.kind = kind
        self.header = PackHeader(kind, keys.current_epoch, os.urandom(SALT_BYTES))
        self._cipher = PackCipher(self.header, keys)
        self._buffer = buffer
        self._full_bytes = full_bytes
        self._filled = HEADER_BYTES
        self._directory = DirectoryBuilder()
        buffer[:HEADER_BYTES] = self.header.encode()

    @property
    def empty(self) -> bool:
        """Whether nothing was added yet."""
        return self._filled == HEADER_BYTES and not self._directory.records

    @property
    def full(self) -> bool:
        """Whether it is time to finish this pack."""
        return (
            self._filled >= self._full_bytes
            or self._directory.size_estimate_bytes >= _FULL_DIRECTORY_BYTES
            or self._directory.blob_count >= MAX_BLOBS
        )

    def add(self, codec: int, run: BytesLike, ids: Sequence[bytes], lengths: Sequence[int]) -> None:
        """Seal one run of chunks into the buffer; it must fit."""
        end = self._filled + len(run) + TAG_BYTES
        target = self._buffer[self._filled : end]
        self._cipher.seal_into(self._directory.blob_count, run, target)
        self._directory.add(codec, len(target), ids, lengths)
        self._filled = end

    def add_records(self, records: Sequence[ContentRecord]) -> None:
        """Note contents whose chunks are in this pack or in earlier ones."""
        self._directory.records.extend(records)

    def finish(self) -> SealedPack:
        """Seal the directory and name the pack. The parts share the builder's buffer."""
        directory = self._directory.build()
        tail = self._seal_directory(directory)
        body = self._buffer[: self._filled]
        digest = hashlib.sha256(body)
        digest.update(tail)
        size = len(body) + len(tail)
        return SealedPack(digest.digest(), [body, tail], size, self.header, directory)

    def _seal_directory(self, directory: Directory) -> bytes:
        """Padded, so that its length does not tell how many chunks there are."""
        encoded = frame(msgspec.msgpack.encode(directory), _DIRECTORY_LEVEL)
        plain = struct.pack("<I", len(encoded)) + encoded
        plain += bytes(-len(plain) % DIRECTORY_STEP_BYTES)
        sealed = bytearray(len(plain) + TAG_BYTES)
        self._cipher.seal_into(DIRECTORY_POSITION, plain, memoryview(sealed))
        return bytes(sealed) + TRAILER.pack(len(sealed), TRAILER_MAGIC)
