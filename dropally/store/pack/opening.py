"""Read what a pack holds: its directory from the pack alone, its blobs by position."""

import struct
import threading
from collections import OrderedDict

import msgspec

from dropally.store.backend import Backend, BytesLike
from dropally.store.codec import unframe
from dropally.store.errors import DamagedError
from dropally.store.pack.build import TRAILER, TRAILER_MAGIC
from dropally.store.pack.directory import Directory
from dropally.store.pack.header import (
    DIRECTORY_POSITION,
    HEADER_BYTES,
    PackCipher,
    PackHeader,
    PackKeys,
    pack_key,
)

_TAIL_BYTES = 64 * 1024
_MAX_DIRECTORY_BYTES = 32 * 1024 * 1024
_DIRECTORY = msgspec.msgpack.Decoder(Directory)


class PackOpener:
    """Opens blobs of any pack; keeps the ciphers of the packs used last. Safe for threads."""

    def __init__(self, keys: PackKeys, capacity: int = 512) -> None:
        self._keys = keys
        self._capacity = capacity
        self._ciphers: OrderedDict[bytes, PackCipher] = OrderedDict()
        self._lock = threading.Lock()

    def open(self, header: PackHeader, position: int, sealed: BytesLike) -> bytes:
        """The plain (still compressed) run. Raises `DamagedError`."""
        return self._cipher(header).open(position, sealed)

    def _cipher(self, header: PackHeader) -> PackCipher:
        with self._lock:
            cipher = self._ciphers.get(header.salt)
            if cipher is None:
                cipher = PackCipher(header, self._keys)
                self._ciphers[header.salt] = cipher
                if len(self._ciphers) > self._capacity:
                    self._ciphers.popitem(last=False)
            else:
                self._ciphers.move_to_end(header.salt)
        return cipher


def read_directory(
    backend: Backend, name: bytes, size_bytes: int, keys: PackKeys
) -> tuple[PackHeader, Directory]:
    """A pack's header and directory, read from the pack itself with two or three small reads.

    Raises `DamagedError`, naming the pack, and `ObjectNotFoundError`.
    """
    try:
        return _read(backend, pack_key(name), size_bytes, keys)
    except DamagedError as error:
        raise error.about(pack=name.hex()) from error


def decode_pack(data: bytes, keys: PackKeys) -> tuple[PackHeader, Directory]:
    """Header and directory from a whole pack's bytes. Raises `DamagedError`."""
    if len(data) < HEADER_BYTES + TRAILER.size:
        raise DamagedError("a pack is shorter than an empty one")
    header = PackHeader.decode(data[:HEADER_BYTES])
    length, magic = TRAILER.unpack(data[-TRAILER.size :])
    if magic != TRAILER_MAGIC or not 0 < length <= _longest_directory(len(data)):
        raise DamagedError("a pack does not end as one")
    sealed = memoryview(data)[-TRAILER.size - length : -TRAILER.size]
    directory = _open_directory(header, sealed, len(data), keys)
    return header, directory


def _read(
    backend: Backend, key: str, size_bytes: int, keys: PackKeys
) -> tuple[PackHeader, Directory]:
    if size_bytes < HEADER_BYTES + TRAILER.size:
        raise DamagedError("a pack is shorter than an empty one")
    header = PackHeader.decode(backend.get(key, 0, HEADER_BYTES))
    sealed = _read_sealed_directory(backend, key, size_bytes)
    return header, _open_directory(header, sealed, size_bytes, keys)


def _open_directory(
    header: PackHeader, sealed: BytesLike, size_bytes: int, keys: PackKeys
) -> Directory:
    directory = decode_directory(PackCipher(header, keys).open(DIRECTORY_POSITION, sealed))
    blobs = sum(blob.stored_bytes for blob in directory.blobs())
    if HEADER_BYTES + blobs + len(sealed) + TRAILER.size != size_bytes:
        raise DamagedError("a pack does not have the size its directory says")
    return directory


def _longest_directory(size_bytes: int) -> int:
    return min(size_bytes - HEADER_BYTES - TRAILER.size, _MAX_DIRECTORY_BYTES)


def _read_sealed_directory(backend: Backend, key: str, size_bytes: int) -> bytes:
    tail_bytes = min(size_bytes, _TAIL_BYTES)
    tail = backend.get(key, size_bytes - tail_bytes, tail_bytes)
    length, magic = TRAILER.unpack(tail[-TRAILER.size :])
    if magic != TRAILER_MAGIC or not 0 < length <= _longest_directory(size_bytes):
        raise DamagedError("a pack does not end as one")
    if length + TRAILER.size <= len(tail):
        return tail[-TRAILER.size - length : -TRAILER.size]
    return backend.get(key, size_bytes - TRAILER.size - length, length)


def decode_directory(plain: bytes) -> Directory:
    """A directory from its padded plain form. Raises `DamagedError`."""
    if len(plain) < 4:
        raise DamagedError("a pack's directory is empty")
    (length,) = struct.unpack_from("<I", plain)
    if length > len(plain) - 4:
        raise DamagedError("a pack's directory is cut short")
    try:
        return _DIRECTORY.decode(unframe(plain[4 : 4 + length]))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError("a pack's directory cannot be read") from error
