"""A CONNECT proxy that ends TLS itself for Dropbox's names, and refuses all others.

Any unmodified client that honours a proxy setting and trusts the simulator's authority can be
pointed at the simulator this way, without root and without a hosts file.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import cast

from dropally.simulator.transport.http1 import Http1Connection

_DOMAINS = ("dropboxapi.com", "dropbox.com")
_MAX_HEAD = 16 * 1024
_AGREED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class ProxyConnection(asyncio.Protocol):
    """Reads one CONNECT, then hands the connection over to HTTP behind TLS."""

    def __init__(
        self,
        context: ssl.SSLContext,
        new_connection: Callable[[], Http1Connection],
        handshakes: set["asyncio.Task[None]"],
    ) -> None:
        self._context = context
        self._new_connection = new_connection
        self._handshakes = handshakes
        self._transport: asyncio.Transport | None = None
        self._head = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection over."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Collect the head of the CONNECT request."""
        self._head += data
        transport = self._transport
        if transport is None:
            return
        if b"\r\n\r\n" in self._head:
            if _is_allowed(bytes(self._head)):
                transport.pause_reading()
                transport.write(_AGREED)
                task = asyncio.get_running_loop().create_task(self._switch_to_tls(transport))
                self._handshakes.add(task)
                task.add_done_callback(self._handshakes.discard)
            else:
                transport.write(_REFUSED)
                transport.close()
        elif len(self._head) > _MAX_HEAD:
            transport.abort()

    async def _switch_to_tls(self, transport: asyncio.Transport) -> None:
        connection = self._new_connection()
        loop = asyncio.get_running_loop()
        try:
            secured = await loop.start_tls(
                transport, connection, self._context, server_side=True, ssl_handshake_timeout=20
            )
        except (OSError, ssl.SSLError):
            transport.abort()  # the client does not trust us, or went away: its own affair
            return
        if secured is not None:
            connection.connection_made(secured)


def _is_allowed(head: bytes) -> bool:
    method, _, rest = head.partition(b" ")
    target = rest.partition(b" ")[0].decode("latin-1").lower()
    host, _, port = target.rpartition(":")
    named = any(host == domain or host.endswith("." + domain) for domain in _DOMAINS)
    return method == b"CONNECT" and port == "443" and named
