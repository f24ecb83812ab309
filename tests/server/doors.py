"""A real server on loopback, and bytes sent to it by hand."""

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from dropally.server.listening import Door, HttpServer
from dropally.server.sockets import tcp_sockets
from litestar.types import ASGIApp

SOON_S = 60.0


@contextmanager
def open_door(
    app: ASGIApp, tls: ssl.SSLContext | None = None, grace_s: int = 4
) -> Iterator[tuple[HttpServer, int]]:
    """The application on a free port of 127.0.0.1, until the block ends."""
    sockets = tcp_sockets("127.0.0.1", 0)
    port = int(sockets[0].getsockname()[1])
    server = HttpServer([Door(app, sockets, tls)], grace_s=grace_s)
    server.start()
    try:
        yield server, port
    finally:
        server.stop()


@contextmanager
def wire(port: int) -> Iterator[socket.socket]:
    """A bare connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=SOON_S) as connection:
        yield connection


def rest(connection: socket.socket) -> bytes:
    """All that still comes until the server closes, in whatever way."""
    found = b""
    with suppress(ConnectionResetError):  # it closed before it had read all that was sent
        while piece := connection.recv(65536):
            found += piece
    return found


def answer_to(port: int, request: bytes) -> bytes:
    """What the server says to these bytes, up to the end of the connection."""
    with wire(port) as connection:
        connection.sendall(request)
        return rest(connection)
