"""What a file's bytes are: an ordered list of chunks, or a tree of such lists when there are many.

A content with few chunks holds their ids itself (`depth` 0). A longer one holds entries
`id | bytes covered`, each naming a stored *chunk list*; a list holds the same kind of entries, for
further lists (`depth` 2 and more) or for the data chunks (`depth` 1). The lengths let a reader find
any offset without looking up every chunk before it.
"""

import struct
from collections.abc import Sequence
from typing import NamedTuple, NewType

import msgspec

from dropally.store.errors import DamagedError

ChunkId = NewType("ChunkId", bytes)

ID_BYTES = 32
FINGERPRINT_BYTES = 32
MAX_DIRECT_CHUNKS = 8
MAX_DEPTH = 6
MIN_LIST_ENTRIES = 256
MAX_LIST_ENTRIES = 4096
# One list in about a thousand entries ends where an id says so, so that an insertion into a large
# file changes one list and not all behind it.
_CUT_MASK = 1023
_LIST_MAGIC = b"DCL1"
_ENTRY = struct.Struct("<32sQ")


class Content(msgspec.Struct, array_like=True, frozen=True):
    """The bytes of a file, by reference. `size_bytes` is the length of the plain bytes."""

    size_bytes: int
    depth: int = 0
    chunks: bytes = b""


class Fingerprint(msgspec.Struct, array_like=True, frozen=True):
    """What the caller knows a content by: 32 opaque bytes (a hash) and the size in bytes."""

    digest: bytes
    size_bytes: int


class ContentRecord(msgspec.Struct, array_like=True, frozen=True):
    """A fingerprint and the content stored under it."""

    fingerprint: Fingerprint
    content: Content


class ListEntry(NamedTuple):
    """One entry of a chunk list: an id, and how many bytes of the file it covers."""

    id: bytes
    length: int


def direct_ids(content: Content) -> list[bytes]:
    """The chunk ids of a content of depth 0. Raises `DamagedError` when they are cut."""
    packed = content.chunks
    if len(packed) % ID_BYTES:
        raise DamagedError("a content's list of chunks is cut short")
    return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]


def pack_entries(entries: Sequence[ListEntry]) -> bytes:
    """Entries as they stand in a content of depth 1 or more."""
    return b"".join(_ENTRY.pack(*entry) for entry in entries)


def unpack_entries(packed: bytes) -> list[ListEntry]:
    """The reverse of `pack_entries`. Raises `DamagedError`."""
    if len(packed) % _ENTRY.size:
        raise DamagedError("a chunk list is cut short")
    return [ListEntry._make(entry) for entry in _ENTRY.iter_unpack(packed)]


def encode_list(entries: Sequence[ListEntry]) -> bytes:
    """A stored chunk list."""
    return _LIST_MAGIC + pack_entries(entries)


def decode_list(stored: bytes) -> list[ListEntry]:
    """The entries of a stored chunk list. Raises `DamagedError`."""
    if stored[:4] != _LIST_MAGIC:
        raise DamagedError("a stored chunk list does not begin as one")
    return unpack_entries(stored[4:])


def is_list_end(entry: ListEntry, length: int) -> bool:
    """Whether a list of `length` entries ends with this one."""
    if length < MIN_LIST_ENTRIES:
        return False
    return length >= MAX_LIST_ENTRIES or int.from_bytes(entry.id[:2], "little") & _CUT_MASK == 0


def check_fingerprint(fingerprint: Fingerprint) -> Fingerprint:
    """Return it when it is one; raise `ValueError` for a wrong length or size."""
    if len(fingerprint.digest) != FINGERPRINT_BYTES or fingerprint.size_bytes < 0:
        raise ValueError("a fingerprint is 32 bytes and a size that is not negative")
    return fingerprint
