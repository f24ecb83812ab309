"""Cut a stream of bytes where its content says so (FastCDC 2020, normalised).

The cuts depend on the bytes, the parameters and the repository's secret seed only: never on the
sizes in which the bytes arrived. Source of the algorithm: Xia et al., "The Design of Fast
Content-Defined Chunking for Data Deduplication Based Storage Systems", IEEE TPDS 31(9), 2020.
"""

from collections.abc import Iterable, Iterator
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


class Chunker:
    """Cuts one stream at a time: each thread has its own."""

    def __init__(self, parameters: ChunkerParameters, seed: int) -> None:
        self._parameters = parameters
        self._span_bytes = max(2 * parameters.max_bytes, 1 << 20)
        self._engine = pyfastcdc.FastCDC(
            parameters.average_bytes,
            min_size=parameters.min_bytes,
            max_size=parameters.max_bytes,
            normalized_chunking=NORMALISATION,
            seed=seed,
        )

    def cut(self, pieces: Iterable[BytesLike]) -> Iterator[list[memoryview]]:
        """Runs of chunks, in order, without an empty one; memory held is about one span.

        The pieces are copied, so the caller may reuse its buffers. What `pieces` raises passes
        through.
        """
        gathered: list[bytes] = []
        size = 0
        for piece in self._bounded(pieces):
            gathered.append(piece)
            size += len(piece)
            if size >= self._span_bytes:
                chunks, rest = self._cut_span(gathered)
                yield chunks
                gathered, size = [rest], len(rest)
        if size:
            yield self._cut_rest(gathered)

    def _bounded(self, pieces: Iterable[BytesLike]) -> Iterator[bytes]:
        """The same bytes, none of them mutable, in pieces no longer than a span."""
        for piece in pieces:
            if len(piece) <= self._span_bytes:
                # Nothing may change under a chunk that waits in a queue.
                yield piece if isinstance(piece, bytes) else bytes(piece)
                continue
            view = memoryview(piece)
            for start in range(0, len(view), self._span_bytes):
                yield bytes(view[start : start + self._span_bytes])

    def _cut_span(self, gathered: list[bytes]) -> tuple[list[memoryview], bytes]:
        """Cut while a whole maximal chunk is in sight: later bytes cannot move these cuts."""
        span = gathered[0] if len(gathered) == 1 else b"".join(gathered)
        last_start = len(span) - self._parameters.max_bytes
        chunks = []
        done = 0
        for chunk in self._engine.cut_buf(span):
            chunks.append(chunk.data)
            done = chunk.offset + chunk.length
            if done > last_start:
                break
        return chunks, span[done:]

    def _cut_rest(self, gathered: list[bytes]) -> list[memoryview]:
        span = gathered[0] if len(gathered) == 1 else b"".join(gathered)
        if len(span) <= self._parameters.min_bytes:
            return [memoryview(span)]
        return [chunk.data for chunk in self._engine.cut_buf(span)]
