"""A pack's table of contents: which chunks lie where, and which contents were completed in it.

It is held in columns, so that a pack of ten thousand small chunks costs a few calls and no object
per chunk. The same bytes stand in index segments.
"""

import sys
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import msgspec

from dropally.store.codec import MAX_RUN_BYTES
from dropally.store.content import ID_BYTES, ContentRecord
from dropally.store.errors import DamagedError
from dropally.store.pack.header import HEADER_BYTES, TAG_BYTES

MAX_BLOBS = 1 << 20


class BlobEntry(NamedTuple):
    """One sealed run of chunks: where it lies in the pack and which chunks it holds."""

    position: int
    offset: int
    stored_bytes: int
    codec: int
    plain_bytes: int
    first_chunk: int
    chunk_count: int


class Directory(msgspec.Struct, array_like=True, frozen=True):
    """Columns: one value a blob, then one a chunk. Lengths are little-endian 32-bit numbers."""

    codecs: bytes
    stored_lengths: bytes
    chunk_counts: bytes
    chunk_ids: bytes
    chunk_lengths: bytes
    records: list[ContentRecord]

    def ids(self) -> list[bytes]:
        """The ids of all chunks, in the order in which they lie."""
        packed = self.chunk_ids
        return [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]

    def lengths(self) -> Sequence[int]:
        """The plain lengths of all chunks, in bytes."""
        return _numbers(self.chunk_lengths)

    def blobs(self) -> Iterator[BlobEntry]:
        """The blobs in order. Raises `DamagedError` when the columns do not fit together."""
        stored = _numbers(self.stored_lengths)
        counts = _numbers(self.chunk_counts)
        lengths = self.lengths()
        if not (
            len(self.codecs) == len(stored) == len(counts) <= MAX_BLOBS
            and sum(counts) == len(lengths)
            and len(self.chunk_ids) == ID_BYTES * len(lengths)
        ):
            raise DamagedError("a pack's directory does not fit together")
        offset, first = HEADER_BYTES, 0
        for position, codec in enumerate(self.codecs):
            count = counts[position]
            plain = sum(lengths[first : first + count])
            if plain > MAX_RUN_BYTES or stored[position] < TAG_BYTES:
                raise DamagedError("a pack's directory holds lengths that cannot be")
            yield BlobEntry(position, offset, stored[position], codec, plain, first, count)
            offset += stored[position]
            first += count

    def blobs_bytes(self) -> int:
        """How many bytes the sealed blobs take in the pack."""
        return sum(_numbers(self.stored_lengths))


class DirectoryBuilder:
    """Gathers the columns while a pack is filled."""

    def __init__(self) -> None:
        self._codecs = bytearray()
        self._stored = array("I")
        self._counts = array("I")
        self._ids: list[bytes] = []
        self._lengths = array("I")
        self.records: list[ContentRecord] = []

    @property
    def blob_count(self) -> int:
        """How many blobs were added."""
        return len(self._codecs)

    @property
    def size_estimate_bytes(self) -> int:
        """About how long the encoded directory will be."""
        return 9 * len(self._codecs) + 36 * len(self._ids) + 400 * len(self.records)

    def add(
        self, codec: int, stored_bytes: int, ids: Sequence[bytes], lengths: Sequence[int]
    ) -> None:
        """Note the next blob."""
        self._codecs.append(codec)
        self._stored.append(stored_bytes)
        self._counts.append(len(ids))
        self._ids.extend(ids)
        self._lengths.extend(lengths)

    def build(self) -> Directory:
        """The finished columns."""
        return Directory(
            bytes(self._codecs),
            _pack(self._stored),
            _pack(self._counts),
            b"".join(self._ids),
            _pack(self._lengths),
            self.records,
        )


def _pack(numbers: "array[int]") -> bytes:
    if sys.byteorder == "big":
        numbers = array("I", numbers)
        numbers.byteswap()
    return numbers.tobytes()


def _numbers(column: bytes) -> "array[int]":
    numbers = array("I")
    if len(column) % numbers.itemsize:
        raise DamagedError("a pack's directory is cut short")
    numbers.frombytes(column)
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers
