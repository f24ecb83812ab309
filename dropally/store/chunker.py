"""Cut a stream of bytes where its content says so (FastCDC 2020, normalised).

The cuts depend on the bytes, the parameters and the repository's secret seed only: never on the
sizes in which the bytes arrived. Source of the algorithm: Xia et al., "The Design of Fast
Content-Defined Chunking for Data Deduplication Based Storage Systems", IEEE TPDS 31(9), 2020.
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Final

import msgspec
import pyfastcdc

from dropally.store.backend import BytesLike

NORMALISATION: Final = 2

if pyfastcdc.FastCDC.__module__ != "pyfastcdc.cy.fastcdc":
    # The package falls back to pure Python, a thousand times slower, with nothing but a warning.
    raise ImportError("pyfastcdc came without its compiled core; install a binary wheel of it")


class ChunkerParameters(msgspec.Struct, frozen=True):
    """Sizes in bytes, chosen when a repository is made; they never change."""

    min_bytes: int = 64 * 1024
    average_bytes: int = 256 * 1024
    max_bytes: int = 1024 * 1024

    def check(self) -> None:
        """Raise `ValueError` for sizes that the chunker cannot cut by."""
        ordered = 64 <= self.min_bytes <= self.average_bytes <= self.max_bytes
        bounded = self.min_bytes <= 1 << 20 and 256 <= self.average_bytes <= 4 << 20
        if not (ordered and bounded and 1024 <= self.max_bytes <= 16 << 20):
            raise ValueError(
                "chunk sizes must satisfy 64 B <= min <= average <= max, "
                "min <= 1 MiB, average <= 4 MiB, max <= 16 MiB"
            )


def take_short(
    pieces: Iterable[BytesLike], min_bytes: int
) -> tuple[bytes | None, Iterable[BytesLike]]:
    """All bytes of a stream that is never cut, being no longer than `min_bytes`.

    None for a longer one, with the pieces that it is still to be cut from. Most files are short,
    and a short one is spared the chunker's buffer. What `pieces` raises passes through.
    """
    held: list[bytes] = []
    room = min_bytes
    remaining = iter(pieces)
    for piece in remaining:
        room -= len(piece)
        if room < 0:
            return None, chain(held, (piece,), remaining)
        # A copy: the piece may be a view of a buffer that the next one is read into.
        held.append(bytes(piece))
    return (held[0] if len(held) == 1 else b"".join(held)), ()


class Chunker:
    """Cuts one stream at a time: each thread has its own."""

    def __init__(self, parameters: ChunkerParameters, seed: int) -> None:
        self._parameters = parameters
        # A whole maximal chunk must be in sight wherever a cut is made.
        self._buffer = memoryview(bytearray(max(2 * parameters.max_bytes, 1 << 20)))
        self._engine = pyfastcdc.FastCDC(
            parameters.average_bytes,
            min_size=parameters.min_bytes,
            max_size=parameters.max_bytes,
            normalized_chunking=NORMALISATION,
            seed=seed,
        )

    def cut(self, pieces: Iterable[BytesLike]) -> Iterator[list[memoryview]]:
        """Runs of chunks, in order, without an empty one.

        The chunks of a run are views of a buffer, valid until the next run is asked for. What
        `pieces` raises passes through.
        """
        buffer, filled = self._buffer, 0
        for piece in pieces:
            view = memoryview(piece)
            taken = 0
            while taken < len(view):
                step = min(len(view) - taken, len(buffer) - filled)
                buffer[filled : filled + step] = view[taken : taken + step]
                filled += step
                taken += step
                if filled == len(buffer):
                    chunks, done = self._cut_full()
                    yield chunks
                    filled -= done
                    buffer[:filled] = buffer[done:]
        if filled:
            yield self._cut_rest(buffer[:filled])

    def _cut_full(self) -> tuple[list[memoryview], int]:
        """Cut while a whole maximal chunk is in sight: later bytes cannot move these cuts."""
        last_start = len(self._buffer) - self._parameters.max_bytes
        chunks = []
        done = 0
        for chunk in self._engine.cut_buf(self._buffer):
            chunks.append(chunk.data)
            done = chunk.offset + chunk.length
            if done > last_start:
                break
        return chunks, done

    def _cut_rest(self, rest: memoryview) -> list[memoryview]:
        if len(rest) <= self._parameters.min_bytes:
            return [rest]
        return [chunk.data for chunk in self._engine.cut_buf(rest)]
