"""Name, compress and decompress runs of bytes.

A chunk's id is the keyed BLAKE3 of its plain bytes. A run of chunks is compressed with Zstandard,
or kept as it is where that does not pay. Objects here are not shared between threads.
"""

import struct
from collections.abc import Sequence
from functools import cached_property

from blake3 import blake3
from pyzstd import CParameter, ZstdCompressor, ZstdDecompressor, ZstdError

from dropally.store.backend import BytesLike
from dropally.store.errors import DamagedError, LimitExceededError

RAW = 0
ZSTD = 1

MAX_RUN_BYTES = 32 * 1024 * 1024
"""No run of chunks is longer than this when it is plain; a reader refuses longer ones."""

_FRAME = struct.Struct("<BI")
_PROBE_FROM_BYTES = 64 * 1024
_PROBE_PIECES = 4
_PROBE_PIECE_BYTES = 4096
_PROBE_LEVEL = 1
# A run must shrink by a 64th to be worth the decompression.
_WORTH = 63 / 64
_SHORT_BYTES = 256 * 1024
# For short runs, Zstandard's own choice at level 3 looks for matches of 4 bytes. From 5 bytes on it
# is 1.1 to 1.5 times faster and as small: 2 % smaller to 2 % larger, by the kind of file.
_TUNED_LEVEL = 3
_SHORT_OPTIONS: dict[int, int] = {
    CParameter.compressionLevel: _TUNED_LEVEL,
    CParameter.minMatch: 5,
    CParameter.hashLog: 16,
    CParameter.chainLog: 15,
}


def name_bytes(key: bytes, plain: BytesLike) -> bytes:
    """The id of a chunk or page: keyed BLAKE3, 32 bytes."""
    return blake3(plain, key=key).digest()


class Compressor:
    """Compresses runs at one level with contexts that are made when needed and used again."""

    def __init__(self, level: int) -> None:
        self._level = level

    @cached_property
    def _long(self) -> ZstdCompressor:
        return ZstdCompressor(self._level)

    @cached_property
    def _short(self) -> ZstdCompressor:
        return ZstdCompressor(_SHORT_OPTIONS) if self._level == _TUNED_LEVEL else self._long

    @cached_property
    def _probe(self) -> ZstdCompressor:
        return ZstdCompressor(_PROBE_LEVEL)

    def compress(self, plain: BytesLike) -> tuple[int, BytesLike]:
        """The codec chosen, and the bytes in it (the very same object when kept raw)."""
        size = len(plain)
        if size >= _PROBE_FROM_BYTES and self._looks_random(memoryview(plain)):
            return RAW, plain
        context = self._short if size <= _SHORT_BYTES else self._long
        packed = context.compress(plain, ZstdCompressor.FLUSH_FRAME)
        if len(packed) >= size * _WORTH:
            return RAW, plain
        return ZSTD, packed

    def _looks_random(self, view: memoryview) -> bool:
        """Whether samples over the run do not shrink: ten times cheaper than trying all of it."""
        step = (len(view) - _PROBE_PIECE_BYTES) // (_PROBE_PIECES - 1)
        starts = range(0, _PROBE_PIECES * step, step)
        sample = b"".join(view[at : at + _PROBE_PIECE_BYTES] for at in starts)
        packed = self._probe.compress(sample, ZstdCompressor.FLUSH_FRAME)
        return len(packed) >= len(sample) * _WORTH


def decompress(codec: int, stored: bytes, plain_bytes: int) -> bytes:
    """The plain run, exactly `plain_bytes` long.

    Never makes more than that, whatever `stored` claims. Raises `DamagedError` when it is not that
    long, `LimitExceededError` when it is longer than any run may be.
    """
    if plain_bytes > MAX_RUN_BYTES:
        raise LimitExceededError(f"a run of {plain_bytes} bytes is longer than the format permits")
    if codec == RAW:
        plain = stored
    elif codec == ZSTD:
        plain = _inflate(stored, plain_bytes)
    else:
        raise DamagedError(f"codec {codec} is unknown to this release")
    if len(plain) != plain_bytes:
        raise DamagedError("a run of chunks does not have the length its directory says")
    return plain


def _inflate(stored: bytes, plain_bytes: int) -> bytes:
    decompressor = ZstdDecompressor()
    try:
        plain = decompressor.decompress(stored, plain_bytes)
        if not decompressor.eof:
            # An exact fit may leave the end mark unread; one more byte of output is one too many.
            plain += decompressor.decompress(b"", 1)
    except (ZstdError, EOFError, MemoryError) as error:
        raise DamagedError("a run of chunks does not decompress") from error
    if not decompressor.eof or decompressor.unused_data:
        raise DamagedError("a run of chunks does not end where its directory says")
    return plain


def join(parts: Sequence[BytesLike]) -> BytesLike:
    """One buffer from several, without a copy when there is only one."""
    return parts[0] if len(parts) == 1 else b"".join(parts)


def frame(plain: bytes, level: int) -> bytes:
    """A self-describing compressed form for directories and index segments."""
    codec, stored = Compressor(level).compress(plain)
    return _FRAME.pack(codec, len(plain)) + bytes(stored)


def unframe(framed: bytes) -> bytes:
    """The reverse of `frame`. Raises `DamagedError`, `LimitExceededError`."""
    if len(framed) < _FRAME.size:
        raise DamagedError("a compressed object is cut short")
    codec, plain_bytes = _FRAME.unpack_from(framed)
    return decompress(codec, framed[_FRAME.size :], plain_bytes)
