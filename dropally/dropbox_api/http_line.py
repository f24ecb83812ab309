"""One connection that speaks HTTP/1.1, as little of it as Dropbox's API needs.

The usual clients spend most of a small call on themselves (parsing headers as e-mail, several
layers of objects). Here a request is one write and a head one split. The socket never blocks: every
wait looks at `cancelled` twice a second, and its timeout covers the wait for the next bytes, not a
whole body. Where the line has a limit, what waits for it is not counted as silence.
"""

import select
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

from dropally.common.errors import CancelledError
from dropally.dropbox_api.settings import LineLimit

_LOOK_EVERY_MS = 500
_LONGEST_HEAD_BYTES = 256 * 1024
_RECEIVE_BYTES = 64 * 1024
# What one call of `send` is given: a TLS socket copies it before it knows how much fits.
_SEND_BYTES = 256 * 1024
# Where a limit holds, it is kept in steps of this size.
_STEP_BYTES = 64 * 1024


class BrokenAnswerError(OSError):
    """The connection ended, or what came over it is no HTTP answer."""


class Head(NamedTuple):
    """An answer's first part; header names in lower case."""

    status: int
    reason: str
    headers: dict[str, str]
    keep_open: bool


class Line:
    """A connected socket with what was received and not used yet. One call at a time."""

    def __init__(self, sock: socket.socket, limit: LineLimit | None = None) -> None:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._readable = select.poll()
        self._readable.register(sock, select.POLLIN)
        self._rest = b""
        self.cancelled: threading.Event | None = None
        self.timeout_s = 60.0
        self.held_s = 0.0
        """How long the limit made this line wait so far."""
        self._limit = limit

    def is_stale(self) -> bool:
        """Tell if the other side has hung up or said something unasked meanwhile."""
        return bool(self._rest) or bool(self._readable.poll(0))

    def close(self) -> None:
        """Hang up."""
        self._sock.close()

    def request(
        self, method: str, target: str, host: str, headers: Mapping[str, str], body: bytes | None
    ) -> None:
        """Send one request. Raises OSError, CancelledError, ValueError (a forged header)."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {host}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        lines.append(f"Content-Length: {len(body) if body else 0}")
        text = "\r\n".join(lines)
        if text.count("\n") != len(lines) - 1:
            raise ValueError("A header's value holds a line break.")
        head = f"{text}\r\n\r\n".encode("latin-1")
        if body and len(body) <= _RECEIVE_BYTES:
            self._send(head + body)
        else:
            self._send(head)
            if body:
                self._send(body)

    def read_head(self) -> Head:
        """Wait for the answer and read its head. Raises BrokenAnswerError, TimeoutError."""
        while True:
            head = _parse_head(self._receive_head())
            # 1xx only says that the real answer follows.
            if head.status >= 200:
                return head

    def receive(self, limit: int) -> bytes:
        """The next bytes, at most `limit`; b"" when the other side has hung up."""
        if self._rest:
            part, self._rest = self._rest[:limit], self._rest[limit:]
            return part
        while True:
            try:
                part = self._sock.recv(limit if self._limit is None else min(limit, _STEP_BYTES))
                if self._limit is not None:
                    self._hold(self._limit.receive, len(part))
                return part
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait(self._readable)
            except ssl.SSLWantWriteError:
                self._wait(self._writable())

    def receive_line(self) -> bytes:
        """The next bytes up to a line's end, without it. Raises BrokenAnswerError."""
        while (end := self._rest.find(b"\r\n")) < 0:
            self._receive_more()
        line, self._rest = self._rest[:end], self._rest[end + 2 :]
        return line

    def _receive_head(self) -> bytes:
        while (end := self._rest.find(b"\r\n\r\n")) < 0:
            self._receive_more()
        head, self._rest = self._rest[:end], self._rest[end + 4 :]
        return head

    def _receive_more(self) -> None:
        rest, self._rest = self._rest, b""
        if len(rest) > _LONGEST_HEAD_BYTES:
            raise BrokenAnswerError("the answer's head never ends")
        more = self.receive(_RECEIVE_BYTES)
        if not more:
            raise BrokenAnswerError("the connection ended without an answer")
        self._rest = rest + more

    def _send(self, data: bytes) -> None:
        view = memoryview(data)
        step = _SEND_BYTES if self._limit is None else _STEP_BYTES
        allowed = 0
        while view:
            if self._limit is not None and not allowed:
                allowed = min(step, len(view))
                self._hold(self._limit.send, allowed)
            try:
                sent = self._sock.send(view[: allowed or step])
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait(self._writable())
            except ssl.SSLWantReadError:
                self._wait(self._readable)
            else:
                view = view[sent:]
                allowed = max(0, allowed - sent)

    def _hold(
        self, limit: Callable[[int, Callable[[float], bool] | None], None], size: int
    ) -> None:
        """Keep to the limit. Raises CancelledError."""
        begun = time.monotonic()
        limit(size, self.cancelled.wait if self.cancelled is not None else None)
        self.held_s += time.monotonic() - begun
        if self.cancelled is not None and self.cancelled.is_set():
            raise CancelledError("Stopped while waiting for the limit of the line.")

    def _writable(self) -> "select.poll":
        writable = select.poll()
        writable.register(self._sock, select.POLLOUT)
        return writable

    def _wait(self, waiting: "select.poll") -> None:
        cancelled = self.cancelled
        deadline = time.monotonic() + self.timeout_s
        while not waiting.poll(min(_LOOK_EVERY_MS, self.timeout_s * 1000)):
            if cancelled is not None and cancelled.is_set():
                raise CancelledError("Stopped while waiting for Dropbox.")
            if time.monotonic() >= deadline:
                raise TimeoutError("nothing moved in time")


def _parse_head(head: bytes) -> Head:
    lines = head.decode("latin-1").split("\r\n")
    version, _, rest = lines[0].partition(" ")
    status, _, reason = rest.partition(" ")
    if not version.startswith("HTTP/1.") or len(status) != 3 or not status.isdigit():
        raise BrokenAnswerError("what answered does not speak HTTP")
    headers: dict[str, str] = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        name, value = name.lower(), value.strip()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    wish = headers.get("connection", "").lower()
    keep_open = "close" not in wish if version == "HTTP/1.1" else "keep-alive" in wish
    return Head(int(status), reason, headers, keep_open)
