"""Sending a file: whole or a range of it, under a name that no browser misreads (RFC 9110, 6266)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import quote

from litestar import Response
from litestar.response import Stream

from dropally.common.errors import DropallyError
from dropally.server.streaming import gathered, in_thread

DOWNLOADED = "application/octet-stream"
# What browsers show and never run. Everything else is saved, whatever it calls itself.
_SHOWN = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".pdf": "application/pdf",
    ".txt": "text/plain",
    ".md": "text/plain",
    ".csv": "text/plain",
    ".log": "text/plain",
}
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_READ_BYTES = 256 << 10
_CACHED = "private, no-cache"
_SEALED_OFF = "sandbox; default-src 'none'; style-src 'unsafe-inline'"


class RangeError(DropallyError):
    """The range asked for lies outside of the file (HTTP 416)."""


@dataclass(frozen=True)
class SentFile:
    """What is sent. `pieces(offset, length)` raises rather than end early."""

    name: str
    size_bytes: int
    etag: str
    modified: datetime | None
    pieces: Callable[[int, int], Iterator[bytes]] = field(repr=False)


@dataclass(frozen=True)
class Wanted:
    """What the request's headers say: Range, If-Range and If-None-Match; "" where there is none."""

    range: str = ""
    if_range: str = ""
    if_none_match: str = ""


def send(file: SentFile, wanted: Wanted, *, is_shown: bool = False) -> Stream | Response[None]:
    """The answer to a GET: 200, 206 for one range that fits, 304 for what is known. Raises RangeError.

    `is_shown`: to be looked at in the browser, if it is a kind that is safe to look at.
    """
    etag = f'"{file.etag}"'
    known = {one.strip().removeprefix("W/") for one in wanted.if_none_match.split(",")}
    if known & {etag, "*"}:
        return Response(None, status_code=304, headers={"ETag": etag, "Cache-Control": _CACHED})
    span = parse_range(wanted.range, file.size_bytes) if wanted.if_range in {"", etag} else None
    offset, length = span or (0, file.size_bytes)
    media_type = _SHOWN.get(Path(file.name).suffix.lower()) if is_shown else None
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(length),
        "Content-Disposition": disposition(file.name, is_shown=media_type is not None),
        "Content-Security-Policy": _SEALED_OFF,
        "Cache-Control": _CACHED,
        "ETag": etag,
    }
    if file.modified is not None:
        headers["Last-Modified"] = format_datetime(file.modified, usegmt=True)
    if span is not None:
        headers["Content-Range"] = f"bytes {offset}-{offset + length - 1}/{file.size_bytes}"
    return Stream(
        in_thread(gathered(file.pieces(offset, length))),
        status_code=200 if span is None else 206,
        media_type=media_type or DOWNLOADED,
        headers=headers,
    )


def parse_range(header: str, size_bytes: int) -> tuple[int, int] | None:
    """(offset, length) of the one range that is asked for; None for the whole file.

    Several ranges, and what is no range of bytes, mean the whole file (RFC 9110, 14.2).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        length = min(int(match[2]), size_bytes)
        offset = size_bytes - length
    else:
        offset = int(match[1])
        last = min(int(match[2]), size_bytes - 1) if match[2] else size_bytes - 1
        if match[2] and int(match[2]) < offset:
            return None
        length = last - offset + 1
    if length <= 0:
        raise RangeError(
            f"the file has {size_bytes} bytes, and none in that range",
            hint="ask for the whole file",
        )
    return offset, length


def disposition(name: str, *, is_shown: bool = False) -> str:
    """A Content-Disposition for any name: plain for old programs, exact for the others."""
    plain = "".join(
        letter if " " <= letter <= "~" and letter not in '"\\%/;' else "_" for letter in name
    )
    kind = "inline" if is_shown else "attachment"
    exact = quote(name.replace("/", "_"), safe="", errors="replace")
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{exact}"


def read_file(path: Path, offset: int, length: int) -> Iterator[bytes]:
    """The bytes of a file on this machine. Raises OSError when it ends early."""
    with path.open("rb") as file:
        file.seek(offset)
        while length:
            piece = file.read(min(_READ_BYTES, length))
            if not piece:
                raise OSError(f"{path} is shorter than it was")
            length -= len(piece)
            yield piece
