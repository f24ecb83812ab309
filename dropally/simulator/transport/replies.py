"""An answer on its way to the wire, and how it becomes bytes."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from dropally.simulator.errors import BadRequest, NoSuchRoute, RateLimited, TaggedError
from dropally.simulator.state.contents import ContentSource

PIECE = 1024 * 1024
"""How much of a body is read and sent at a time."""
_PHRASES = {status.value: status.phrase for status in HTTPStatus}


@dataclass(slots=True)
class Reply:
    """Status, headers, and a body that is either at hand or streamed."""

    status: int
    headers: dict[str, str]
    body: bytes = b""
    stream: "Iterator[bytes | memoryview] | None" = None
    """Instead of `body`."""
    length: int | None = 0
    """Bytes that `stream` yields; None sends it chunked."""
    cut_after: int | None = None
    """A fault: close the connection after so many bytes of the body."""
    bytes_per_s: float | None = None
    """A fault: send no faster than this."""
    announce_length: bool = True
    """A fault when False: no Content-Length; the end of the connection ends the body."""

    def head(self, *, keep_alive: bool) -> bytes:
        """Status line and headers."""
        lines = [f"HTTP/1.1 {self.status} {_PHRASES.get(self.status, 'Unknown')}"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if not self.announce_length:
            keep_alive = False
        elif self.stream is None:
            lines.append(f"Content-Length: {len(self.body)}")
        elif self.length is None:
            lines.append("Transfer-Encoding: chunked")
        else:
            lines.append(f"Content-Length: {self.length}")
        lines.append("Connection: keep-alive" if keep_alive else "Connection: close")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def json_reply(data: bytes, status: int = 200) -> Reply:
    """An RPC result. The type is exactly this: the SDK insists."""
    return Reply(status, _headers("application/json"), data)


def text_reply(text: str, status: int) -> Reply:
    """A plain-text refusal."""
    return Reply(status, _headers("text/plain; charset=utf-8"), text.encode())


def error_reply(error: BadRequest | TaggedError) -> Reply:
    """Any refusal of `simulator.errors`."""
    if isinstance(error, BadRequest):
        return text_reply(error.text, error.status)
    body: dict[str, Any] = {
        # Dropbox ends the summary with dots so that nobody parses it to the end.
        "error_summary": error.summary + "/" + "." * secrets.randbelow(4),
        "error": error.error,
    }
    if error.user_message:
        body["user_message"] = {"text": error.user_message, "locale": "en"}
    reply = json_reply(json.dumps(body).encode(), error.status)
    if isinstance(error, RateLimited):
        reply.headers["Retry-After"] = str(error.retry_after_s)
    return reply


def download_reply(result: dict[str, Any], source: ContentSource, wanted: slice | None) -> Reply:
    """A file's bytes, all or a range, with its metadata in `Dropbox-API-Result`."""
    headers = _headers("application/octet-stream")
    headers["Dropbox-API-Result"] = json.dumps(result)
    headers["Accept-Ranges"] = "bytes"
    if "rev" in result:
        headers["ETag"] = _etag(result)
    start, stop, status = 0, source.size, 200
    if wanted is not None:
        start, stop, status = wanted.start, wanted.stop, 206
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{source.size}"
    if stop - start <= PIECE:
        return Reply(status, headers, bytes(source.read(start, stop - start)))
    return Reply(status, headers, stream=_pieces(source, start, stop), length=stop - start)


def is_unchanged(result: dict[str, Any], if_none_match: str) -> bool:
    """Whether the caller has this revision already."""
    return "rev" in result and _etag(result) in (one.strip() for one in if_none_match.split(","))


def not_modified_reply(result: dict[str, Any]) -> Reply:
    """304: the caller's copy is good."""
    return Reply(304, {"ETag": _etag(result)})


def _etag(result: dict[str, Any]) -> str:
    return f'W/"{result["rev"]}"'


def parse_range(header: str, size: int) -> slice | None:
    """The part that `Range: bytes=...` asks for; None for all of it.

    Raises ValueError when the range lies outside. Forms that Dropbox does not know mean "all".
    """
    unit, _, spec = header.partition("=")
    first, dash, last = spec.strip().partition("-")
    if unit.strip() != "bytes" or not dash or not (first + last).isdigit() or "," in spec:
        return None
    if not first:
        start, stop = max(size - int(last), 0), size
    else:
        start, stop = int(first), min(int(last) + 1, size) if last else size
    if (start >= size and size > 0) or stop < start:
        raise ValueError(header)
    return None if size == 0 else slice(start, stop)


def no_such_route(path: str) -> NoSuchRoute:
    """The answer to a path that nothing listens on."""
    return NoSuchRoute(f"Unknown API function: {path!r}")


def _pieces(source: ContentSource, start: int, stop: int) -> Iterator[bytes | memoryview]:
    while start < stop:
        piece = source.read(start, min(PIECE, stop - start))
        if not piece:
            return
        start += len(piece)
        yield piece


def _headers(content_type: str) -> dict[str, str]:
    return {
        "Content-Type": content_type,
        "X-Dropbox-Request-Id": secrets.token_hex(16),
        "Cache-Control": "no-cache",
        "X-Content-Type-Options": "nosniff",
    }
