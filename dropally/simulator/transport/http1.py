"""One HTTP/1.1 connection: bytes in, exchanges, bytes out.

Everything runs on the event loop's thread. An answer at hand leaves in one write; a stream is
written piece by piece as the socket takes it. One exchange at a time: what a client sends while an
answer is under way is kept until the answer has left.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

import httptools

from dropally.simulator.transport.replies import Reply

Deliver = Callable[[Reply | None], None]
"""Takes the reply; None cuts the connection."""

_STATUS_ONLY = b"HTTP/1.1 %b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
_MOST_EARLY_BYTES = 1024 * 1024
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RequestHead:
    """What is known of a request before its body."""

    method: str
    target: str
    """Path and query as sent."""
    headers: Mapping[str, str]
    """Names in lower case."""
    peer: str


class Exchange(Protocol):
    """One request with its answer."""

    def write(self, piece: bytes) -> None:
        """The next bytes of the body."""
        ...

    def finish(self, deliver: Deliver) -> None:
        """The body is complete. `deliver` is called once, now or later; None cuts the line."""
        ...

    def sent(self, reply: Reply) -> None:
        """The last byte of the reply was handed to the socket."""
        ...

    def abort(self) -> None:
        """The client is gone."""
        ...


BeginExchange = Callable[[RequestHead], Exchange]


class Http1Connection(asyncio.Protocol):
    """Parses requests, hands them to `begin`, and sends the replies."""

    def __init__(self, begin: BeginExchange, open_connections: "set[Http1Connection]") -> None:
        self._begin = begin
        self._open_connections = open_connections
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._answering = False
        self._keep_alive = True
        self._method = ""
        self._target = b""
        self._headers: dict[str, str] = {}
        self._early = bytearray()
        self._writable = asyncio.Event()
        self._writable.set()
        self._sender: asyncio.Task[None] | None = None

    # --- what asyncio calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over."""
        self._transport = cast(asyncio.Transport, transport)
        self._open_connections.add(self)
        self._transport.set_write_buffer_limits(high=4 * 1024 * 1024)
        self._read_early()

    def connection_lost(self, exc: Exception | None) -> None:
        """The client went away, or we closed."""
        self._open_connections.discard(self)
        self._writable.set()
        if self._sender is not None:
            self._sender.cancel()
        if self._exchange is not None:
            self._exchange.abort()
            self._exchange = None
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Feed the parser."""
        # Too early: TLS was just agreed on, or the answer before is still under way.
        if self._transport is None or self._answering:
            self._early += data
            if len(self._early) > _MOST_EARLY_BYTES:
                self.abort()
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserCallbackError as error:
            _log.error("%s %s failed", self._method, self._target, exc_info=error.__context__)
            self._write(_STATUS_ONLY % b"500 Internal Server Error")
            self._close()
        except httptools.HttpParserUpgrade:
            self._close()
        except httptools.HttpParserError:
            self._write(_STATUS_ONLY % b"400 Bad Request")
            self._close()

    def pause_writing(self) -> None:
        """The socket takes no more for now."""
        self._writable.clear()

    def resume_writing(self) -> None:
        """The socket takes bytes again."""
        self._writable.set()

    def abort(self) -> None:
        """Cut the connection."""
        if self._transport is not None:
            self._transport.abort()

    # --- what the parser calls

    def on_message_begin(self) -> None:
        """A new request starts."""
        self._target = b""
        self._headers = {}

    def on_url(self, url: bytes) -> None:
        """Part of the request target."""
        self._target += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header."""
        self._headers[name.decode("latin-1").lower()] = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        """The head is complete: the exchange begins."""
        if self._transport is None or self._answering:
            self._close()  # pipelining within one packet
            return
        self._keep_alive = self._parser.should_keep_alive()
        self._method = self._parser.get_method().decode("latin-1")
        peer = self._transport.get_extra_info("peername")
        head = RequestHead(
            self._method, self._target.decode("latin-1"), self._headers, peer[0] if peer else ""
        )
        self._exchange = self._begin(head)
        if self._headers.get("expect", "").lower() == "100-continue":
            self._write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        """Part of the body."""
        if self._exchange is not None and not self._answering:
            self._exchange.write(body)

    def on_message_complete(self) -> None:
        """The request is complete: answer it."""
        if self._exchange is not None and not self._answering:
            self._answering = True
            self._exchange.finish(self._deliver)

    # --- answering

    def _deliver(self, reply: Reply | None) -> None:
        if self._transport is None:
            return
        if reply is None:
            self._transport.abort()
        elif reply.stream is None and reply.cut_after is None and reply.bytes_per_s is None:
            body = b"" if self._method == "HEAD" else reply.body
            self._write(reply.head(keep_alive=self._keep_alive) + body)
            self._done(reply)
        else:
            self._sender = asyncio.get_running_loop().create_task(self._send(reply))

    async def _send(self, reply: Reply) -> None:
        self._write(reply.head(keep_alive=self._keep_alive))
        if self._method != "HEAD" and not await self._send_body(reply):
            self._close()
            return
        self._sender = None
        self._done(reply)

    async def _send_body(self, reply: Reply) -> bool:
        """Send all of the body; False when a fault cut it, or the client went away."""
        chunked = reply.stream is not None and reply.length is None and reply.announce_length
        left = reply.cut_after
        for piece in reply.stream if reply.stream is not None else [reply.body]:
            if self._transport is None or self._transport.is_closing():
                return False  # the client is gone: nobody needs the rest
            shown = piece if left is None else piece[:left]
            if chunked and shown:
                self._write(b"%x\r\n" % len(shown))
            await self._write_paced(shown, reply.bytes_per_s)
            if chunked and shown:
                self._write(b"\r\n")
            if left is not None:
                left -= len(shown)
                if left <= 0:
                    return False
        if chunked:
            self._write(b"0\r\n\r\n")
        return True

    async def _write_paced(self, data: bytes | memoryview, bytes_per_s: float | None) -> None:
        if bytes_per_s is None:
            self._write(data)
            await self._writable.wait()
            return
        step = max(1, int(bytes_per_s / 10))
        for start in range(0, len(data), step):
            # First, so that nothing is waited for once the last byte has left.
            await asyncio.sleep(min(step, len(data) - start) / bytes_per_s)
            self._write(data[start : start + step])
            await self._writable.wait()

    def _done(self, reply: Reply) -> None:
        if self._exchange is not None:
            self._exchange.sent(reply)
            self._exchange = None
        self._answering = False
        if not (self._keep_alive and reply.announce_length):
            self._close()
        else:
            self._read_early()

    def _read_early(self) -> None:
        if self._early:
            early, self._early = bytes(self._early), bytearray()
            self.data_received(early)

    def _write(self, data: bytes | memoryview) -> None:
        if self._transport is not None:
            self._transport.write(data)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.close()
