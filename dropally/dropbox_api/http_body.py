"""An answer's body: counted, chunked, or simply until the end; unpacked when it came gzipped."""

import zlib
from collections.abc import Callable

from dropally.dropbox_api.http_line import BrokenAnswerError, Head, Line

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
_PIECE_BYTES = 1024 * 1024


class Body:
    """Read it to its end, then the connection serves the next call; or close it.

    `on_end` is told once whether the connection may be used again.
    """

    def __init__(self, line: Line, head: Head, on_end: Callable[[bool], None]) -> None:
        self._line = line
        self._keep_open = head.keep_open
        self._on_end: Callable[[bool], None] | None = on_end
        self._chunked = "chunked" in head.headers.get("transfer-encoding", "").lower()
        # Bytes left of the body, or of the chunk; None: until the other side hangs up.
        self._left = 0 if self._chunked else _length(head)
        self._unpack = _unpacker(head)
        if self._left is None:
            self._keep_open = False
        elif not self._left and not self._chunked:
            self._end(whole=True)

    @property
    def held_s(self) -> float:
        """How long a limit made the line wait so far."""
        return self._line.held_s

    def read1(self, limit: int) -> bytes:
        """Some of the next bytes, at least one; b"" at the end.

        Raises BrokenAnswerError when the body ends before its announced length.
        """
        while self._on_end is not None:
            packed = self._read_packed(limit)
            if not packed:
                self._end(whole=True)
                return self._unpack.flush() if self._unpack else b""
            if self._unpack is None:
                return packed
            try:
                unpacked = self._unpack.decompress(packed)
            except zlib.error as error:
                raise BrokenAnswerError("the packed body is damaged") from error
            if unpacked:
                return unpacked
        return b""

    def read(self) -> bytes:
        """All that is left."""
        first = self.read1(_PIECE_BYTES)
        parts = [first]
        while parts[-1]:
            parts.append(self.read1(_PIECE_BYTES))
        return first if len(parts) <= 2 else b"".join(parts)

    def close(self) -> None:
        """Give up what is left; harmless after the end."""
        if self._on_end is not None:
            self._end(whole=False)

    def _read_packed(self, limit: int) -> bytes:
        if self._chunked and not self._left and not self._next_chunk():
            return b""
        if self._left is None:
            return self._line.receive(limit)
        if not self._left:
            return b""
        part = self._line.receive(min(limit, self._left))
        if not part:
            raise BrokenAnswerError("the body ended early")
        self._left -= len(part)
        if self._chunked and not self._left:
            self._end_of_chunk()
        return part

    def _next_chunk(self) -> bool:
        size = self._line.receive_line().partition(b";")[0]
        try:
            self._left = int(size, 16)
        except ValueError as error:
            raise BrokenAnswerError("a chunk has no size") from error
        if self._left < 0:
            raise BrokenAnswerError("a chunk has a negative size")
        if self._left:
            return True
        # Trailers, up to an empty line.
        while self._line.receive_line():
            pass
        return False

    def _end_of_chunk(self) -> None:
        if self._line.receive_line():
            raise BrokenAnswerError("a chunk is longer than it said")

    def _end(self, *, whole: bool) -> None:
        tell, self._on_end = self._on_end, None
        if tell is not None:
            tell(whole and self._keep_open)


def _length(head: Head) -> int | None:
    if head.status in {204, 304}:
        return 0
    announced = head.headers.get("content-length")
    if announced is None:
        return None
    if not announced.isdigit():
        raise BrokenAnswerError("the announced length is no number")
    return int(announced)


def _unpacker(head: Head) -> "zlib._Decompress | None":
    coding = head.headers.get("content-encoding", "identity").lower()
    if coding in {"identity", ""}:
        return None
    if coding != "gzip":
        raise BrokenAnswerError(f"the body is packed as {coding}, which nobody asked for")
    return zlib.decompressobj(_GZIP_WINDOW)
