"""Write a new file's bytes around the page cache where the file system allows it.

A backup writes each pack once and reads it, perhaps, years later: keeping it in the page cache
evicts what others need, and the copy through the cache costs CPU. `O_DIRECT` wants memory,
offsets and lengths aligned to the device's block; so bytes are gathered in an aligned buffer, the
last block is padded, and the file is cut to its true length before it is made durable.
"""

import errno
import fcntl
import mmap
import os
import threading
from collections.abc import Sequence

from dropally.store.backend.contract import BytesLike

BLOCK_BYTES = 4096
BUFFER_BYTES = 4 * 1024 * 1024
DIRECT_FROM_BYTES = 1024 * 1024
_MAX_VECTORS = 512

_REFUSALS = {errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS}


class DirectWriter:
    """Writes whole files; remembers when the file system refuses `O_DIRECT`."""

    def __init__(self) -> None:
        self._supported = hasattr(os, "O_DIRECT")
        self._local = threading.local()

    def write(self, fd: int, parts: Sequence[BytesLike]) -> None:
        """Write all parts to the empty file `fd` and make its bytes durable. Raises `OSError`."""
        total = sum(memoryview(part).nbytes for part in parts)
        if not (total >= DIRECT_FROM_BYTES and self._write_direct(fd, parts, total)):
            write_buffered(fd, parts)
        os.fdatasync(fd)

    def _write_direct(self, fd: int, parts: Sequence[BytesLike], total: int) -> bool:
        """Whether it worked; when it did not, the file is empty and buffered again."""
        if not self._supported or not _set_direct(fd, wanted=True):
            self._supported = False
            return False
        try:
            self._write_blocks(fd, parts)
        except OSError as error:
            if error.errno not in _REFUSALS:
                raise
            self._supported = False
            _set_direct(fd, wanted=False)
            os.ftruncate(fd, 0)
            os.lseek(fd, 0, os.SEEK_SET)
            return False
        _set_direct(fd, wanted=False)
        os.ftruncate(fd, total)
        return True

    def _write_blocks(self, fd: int, parts: Sequence[BytesLike]) -> None:
        buffer = self._buffer()
        filled = 0
        for part in parts:
            view = memoryview(part).cast("B")
            taken = 0
            while taken < view.nbytes:
                step = min(view.nbytes - taken, BUFFER_BYTES - filled)
                buffer[filled : filled + step] = view[taken : taken + step]
                filled += step
                taken += step
                if filled == BUFFER_BYTES:
                    _write_all(fd, buffer)
                    filled = 0
        if filled:
            padded = -(-filled // BLOCK_BYTES) * BLOCK_BYTES
            buffer[filled:padded] = bytes(padded - filled)
            _write_all(fd, buffer[:padded])

    def _buffer(self) -> memoryview:
        """The calling thread's own page-aligned buffer."""
        buffer: memoryview | None = getattr(self._local, "buffer", None)
        if buffer is None:
            buffer = memoryview(mmap.mmap(-1, BUFFER_BYTES))
            self._local.buffer = buffer
        return buffer


def write_buffered(fd: int, parts: Sequence[BytesLike]) -> None:
    """Write all parts through the page cache, many with one call. Raises `OSError`."""
    views = [memoryview(part).cast("B") for part in parts if memoryview(part).nbytes]
    first = 0
    while first < len(views):
        written = os.writev(fd, views[first : first + _MAX_VECTORS])
        while first < len(views) and written >= views[first].nbytes:
            written -= views[first].nbytes
            first += 1
        if written:
            views[first] = views[first][written:]


def _write_all(fd: int, view: memoryview) -> None:
    done = 0
    while done < view.nbytes:
        # A short direct write ends at a block border, or the next one fails as it should.
        done += os.write(fd, view[done:])


def _set_direct(fd: int, *, wanted: bool) -> bool:
    flags = fcntl.fcntl(fd, fcntl.F_GETFL)
    flags = flags | os.O_DIRECT if wanted else flags & ~os.O_DIRECT
    try:
        fcntl.fcntl(fd, fcntl.F_SETFL, flags)
    except OSError as error:
        if error.errno in _REFUSALS:
            return False
        raise
    return True
