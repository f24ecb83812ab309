"""A video-like file of any size that is never held in memory: an MP4 header before a long stream."""

import hashlib
from functools import cached_property
from typing import Final

from dropally.simulator.world.streams import BLOCK_SIZE, StreamContent

# An ISO base media file starts with a `ftyp` box (ISO/IEC 14496-12); what follows here is one
# `mdat` box that runs to the end of the file (size 0), so players see a film without a track.
_HEADER: Final = (
    (32).to_bytes(4, "big") + b"ftypisom\x00\x00\x02\x00isomiso2avc1mp41" + bytes(4) + b"mdat"
)


class FilmContent:
    """A film of `size` bytes; satisfies `ContentSource`."""

    def __init__(self, seed: bytes, size: int) -> None:
        if size < len(_HEADER):
            raise ValueError(f"a film takes at least {len(_HEADER)} bytes, not {size}")
        self.seed = seed
        self.size = size
        self._frames = StreamContent(seed, size)

    @cached_property
    def content_hash(self) -> str:
        """The true Dropbox content hash; the first question reads the film once."""
        overall = hashlib.sha256()
        for offset in range(0, self.size, BLOCK_SIZE):
            overall.update(hashlib.sha256(self.read(offset, BLOCK_SIZE)).digest())
        return overall.hexdigest()

    def read(self, offset: int, length: int) -> bytes:
        """Up to `length` bytes from `offset`; shorter only at the end."""
        frames = self._frames.read(offset, length)
        head = _HEADER[offset : offset + length]
        return head + frames[len(head) :] if head else frames
