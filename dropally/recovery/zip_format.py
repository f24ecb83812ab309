"""Writing zip files as a stream: nothing is held but the directory, and that on disk.

Entries are stored, not compressed: what people keep in Dropbox is mostly compressed already, and the
network is slower than the disk. Formats: PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5 (ZIP64),
names in UTF-8 (general purpose bit 11).

What sets this writer apart: an entry whose bytes turn out to be wrong midway cannot be taken back.
It is closed with a checksum that cannot fit, so that every program which unpacks it says so.
"""

import struct
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO

from dropally.store import BytesLike, DamagedError

_LOCAL = struct.Struct("<4s5H3L2H")
_DESCRIPTOR = struct.Struct("<4sLQQ")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR64 = struct.Struct("<4sLQL")
_END = struct.Struct("<4s4H2LH")
_VERSION = 45  # the first with ZIP64
_MADE_ON_UNIX = 3 << 8
_UTF8 = 1 << 11
_DESCRIBED_BEHIND = 1 << 3
_FULL_16, _FULL_32 = 0xFFFF, 0xFFFFFFFF
_FILE_MODE = 0o100644 << 16
_FOLDER_MODE = 0o040755 << 16 | 0x10
_OLDEST = datetime(1980, 1, 1, tzinfo=UTC)
_NEWEST = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC)
_LONGEST_NAME = 65_000
_DIRECTORY_IN_MEMORY = 4 << 20
_COPIED_BYTES = 256 << 10


@dataclass
class _OpenEntry:
    """An entry that is being streamed."""

    name: bytes
    offset: int
    modified: int | None
    crc: int = 0
    sent: int = 0


class ZipWriter:
    """Makes the pieces of one zip file. Call `folder`, `held` and `streamed` in turn, then `end`."""

    def __init__(self) -> None:
        # A million files make a directory of a hundred megabytes.
        self._directory: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115  closed by `close`
            max_size=_DIRECTORY_IN_MEMORY
        )
        self._entries = 0
        self._open: _OpenEntry | None = None
        self.size_bytes = 0

    def close(self) -> None:
        """Forget the directory; for a zip file that was given up, too."""
        self._directory.close()

    def folder(self, path: str, modified: int | None = None) -> Iterator[bytes]:
        """An empty folder."""
        yield from self._whole(f"{path}/", b"", modified, _FOLDER_MODE)

    def held(self, path: str, content: bytes, modified: int | None = None) -> Iterator[bytes]:
        """A file whose bytes are in memory; its header says everything, as the oldest readers want."""
        yield from self._whole(path, content, modified, _FILE_MODE)

    def streamed(
        self, path: str, pieces: Iterable[BytesLike], size_bytes: int, modified: int | None = None
    ) -> Iterator[BytesLike]:
        """A file whose bytes come as they are sent.

        What `pieces` raises passes through, and so does DamagedError for another number of bytes;
        the entry is unfinished then: call `spoil` before anything else.
        """
        entry = self._open = _OpenEntry(_encoded(path), self.size_bytes, modified)
        # Sizes are not known for sure yet; readers take them from behind the bytes.
        extra = struct.pack("<2HQQ", 1, 16, 0, 0)
        yield self._counted(
            _local(entry.name, _DESCRIBED_BEHIND, modified, 0, _FULL_32, _FULL_32, extra)
        )
        for piece in pieces:
            entry.crc = zlib.crc32(piece, entry.crc)
            entry.sent += len(piece)
            self.size_bytes += len(piece)
            yield piece
        if entry.sent != size_bytes:
            raise DamagedError(f"there are {entry.sent} bytes and not {size_bytes}")
        yield self._closing(entry, entry.crc)

    def spoil(self) -> Iterator[bytes]:
        """Close an entry whose bytes came out wrong so that it cannot be unpacked unnoticed."""
        if self._open is not None:
            yield self._closing(self._open, self._open.crc ^ _FULL_32)

    def end(self) -> Iterator[bytes]:
        """The directory and the end of the file."""
        start = self.size_bytes
        self._directory.seek(0)
        while piece := self._directory.read(_COPIED_BYTES):
            yield self._counted(piece)
        length = self.size_bytes - start
        end64 = self.size_bytes
        yield self._counted(
            _END64.pack(
                b"PK\6\6",
                _END64.size - 12,
                _MADE_ON_UNIX | _VERSION,
                _VERSION,
                0,
                0,
                self._entries,
                self._entries,
                length,
                start,
            )
            + _LOCATOR64.pack(b"PK\6\7", 0, end64, 1)
            + _END.pack(
                b"PK\5\6",
                0,
                0,
                min(self._entries, _FULL_16),
                min(self._entries, _FULL_16),
                min(length, _FULL_32),
                min(start, _FULL_32),
                0,
            )
        )

    # -- entries -----------------------------------------------------------------------------

    def _whole(self, path: str, content: bytes, modified: int | None, mode: int) -> Iterator[bytes]:
        name, offset = _encoded(path), self.size_bytes
        crc = zlib.crc32(content)
        yield self._counted(_local(name, 0, modified, crc, len(content), len(content), b""))
        if content:
            yield self._counted(content)
        self._remember(name, offset, modified, 0, crc, len(content), mode)

    def _closing(self, entry: _OpenEntry, crc: int) -> bytes:
        self._open = None
        self._remember(
            entry.name, entry.offset, entry.modified, _DESCRIBED_BEHIND, crc, entry.sent, _FILE_MODE
        )
        return self._counted(_DESCRIPTOR.pack(b"PK\7\x08", crc, entry.sent, entry.sent))

    def _remember(
        self,
        name: bytes,
        offset: int,
        modified: int | None,
        flags: int,
        crc: int,
        size_bytes: int,
        mode: int,
    ) -> None:
        is_large = size_bytes >= _FULL_32 or offset >= _FULL_32 or bool(flags)
        extra = struct.pack("<2HQQQ", 1, 24, size_bytes, size_bytes, offset) if is_large else b""
        extra += _unix_time(modified)
        date, time = _dos_time(modified)
        shown = _FULL_32 if is_large else size_bytes
        self._directory.write(
            _CENTRAL.pack(
                b"PK\1\2",
                _MADE_ON_UNIX | _VERSION,
                _VERSION,
                flags | _UTF8,
                0,
                time,
                date,
                crc,
                shown,
                shown,
                len(name),
                len(extra),
                0,
                0,
                0,
                mode,
                _FULL_32 if is_large else offset,
            )
            + name
            + extra
        )
        self._entries += 1

    def _counted(self, piece: bytes) -> bytes:
        self.size_bytes += len(piece)
        return piece


def _local(
    name: bytes, flags: int, modified: int | None, crc: int, stored: int, size: int, extra: bytes
) -> bytes:
    date, time = _dos_time(modified)
    extra += _unix_time(modified)
    header = _LOCAL.pack(
        b"PK\3\4",
        _VERSION,
        flags | _UTF8,
        0,
        time,
        date,
        crc,
        stored,
        size,
        len(name),
        len(extra),
    )
    return header + name + extra


def fits(path: str) -> bool:
    """Whether a path is short enough for a zip file."""
    return len(path.encode("utf-8", "replace")) < _LONGEST_NAME


def _encoded(path: str) -> bytes:
    name = path.encode("utf-8", "replace")
    if len(name) > _LONGEST_NAME:
        raise ValueError(f"a path of {len(name)} bytes does not fit into a zip file")
    return name


def _unix_time(modified: int | None) -> bytes:
    """The extended timestamp field: whole seconds, UTC; a DOS time has neither."""
    if modified is None or not 0 <= modified < 1 << 31:
        return b""
    return struct.pack("<2HBL", 0x5455, 5, 1, modified)


def _dos_time(modified: int | None) -> tuple[int, int]:
    try:
        moment = _OLDEST if modified is None else datetime.fromtimestamp(modified, UTC)
    except (OverflowError, ValueError, OSError):
        moment = _OLDEST
    moment = min(max(moment, _OLDEST), _NEWEST)
    date = (moment.year - 1980) << 9 | moment.month << 5 | moment.day
    return date, moment.hour << 11 | moment.minute << 5 | moment.second // 2
