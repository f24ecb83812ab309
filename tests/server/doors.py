"""A real server on loopback, and bytes sent to it by hand."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager

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
    """All that still comes until the server closes."""
    found = b""
    while piece := connection.recv(65536):
        found += piece
    return found


def answer_to(port: int, request: bytes) -> bytes:
    """What the server says to these bytes, up to the end of the connection."""
    with wire(port) as connection:
        connection.sendall(request)
        return rest(connection)


def soon(condition: object) -> bool:
    """True as soon as the callable is true."""
    assert callable(condition)
    deadline = time.monotonic() + SOON_S
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False
