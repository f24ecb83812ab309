"""Index segments: `index/<sha256>`, sealed, immutable, each the directories of some packs.

A segment is a copy of what the packs say of themselves, so the whole index can be made again from
the packs, and a pack can be adopted by writing a segment with its directory.
"""

import hashlib

import msgspec

from dropally.store.codec import frame, unframe
from dropally.store.errors import DamagedError, NewerFormatError
from dropally.store.keys import Keyring
from dropally.store.pack import Directory

PREFIX = "index/"
FORMAT = 1
_LEVEL = 3


class IndexedPack(msgspec.Struct, array_like=True, frozen=True):
    """One pack as the index knows it; `header` is its first 64 bytes."""

    name: bytes
    size_bytes: int
    header: bytes
    directory: Directory


class Segment(msgspec.Struct, array_like=True, frozen=True):
    """Packs sorted by name, and the segments that this one replaces (by the same packs)."""

    format: int
    supersedes: list[bytes]
    packs: list[IndexedPack]


_SEGMENT = msgspec.msgpack.Decoder(Segment)


def encode_segment(keyring: Keyring, segment: Segment) -> tuple[bytes, bytes]:
    """The name (SHA-256 of the sealed bytes) and the sealed bytes."""
    plain = frame(msgspec.msgpack.encode(segment), _LEVEL)
    # The name follows from the sealed bytes, so it cannot be sealed into them.
    sealed = keyring.sealer("index").seal("", plain)
    return hashlib.sha256(sealed).digest(), sealed


def decode_segment(keyring: Keyring, name: bytes, sealed: bytes) -> Segment:
    """Raises `DamagedError` unless these are the bytes that the name stands for."""
    if hashlib.sha256(sealed).digest() != name:
        raise DamagedError(
            f"index segment {name.hex()} was changed", hint="Run rebuild to make the index again."
        )
    plain = unframe(keyring.sealer("index").open("", sealed))
    try:
        segment = _SEGMENT.decode(plain)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"index segment {name.hex()} cannot be read") from error
    if segment.format != FORMAT:
        raise NewerFormatError(
            f"index segment {name.hex()} has format {segment.format}",
            hint="Upgrade this software.",
        )
    return segment


def segment_key(name: bytes) -> str:
    """Where a segment lies on the backend."""
    return PREFIX + name.hex()
