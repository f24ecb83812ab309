"""Open connections: certificates, proxy, and waiting for an answer in a way that can be stopped.

A commit or a longpoll may take minutes to answer, an upload minutes to be sent. Both look at the
calling thread's `cancelled` event again and again.
"""

import select
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import certifi
import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dropally.common.errors import CancelledError
from dropally.dropbox_api.settings import ConnectionSettings

_LOOK_EVERY_MS = 500
_SEND_BYTES = 256 * 1024


class _CallOfThread(threading.local):
    cancelled: threading.Event | None = None


_call = _CallOfThread()


@contextmanager
def stoppable(cancelled: threading.Event) -> Iterator[None]:
    """Within the block, waiting for answers in this thread ends when `cancelled` is set."""
    _call.cancelled = cancelled
    try:
        yield
    finally:
        _call.cancelled = None


class _StoppableConnection(HTTPConnection):
    def send(self, data: Any) -> None:
        for part in _sendable(data):
            super().send(part)

    def getresponse(self) -> Any:
        _await_answer(self.sock, self.timeout)
        return super().getresponse()


class _StoppableTlsConnection(HTTPSConnection):
    def send(self, data: Any) -> None:
        for part in _sendable(data):
            super().send(part)

    def getresponse(self) -> Any:
        _await_answer(self.sock, self.timeout)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _StoppableConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _StoppableTlsConnection


def open_pools(settings: ConnectionSettings) -> urllib3.PoolManager:
    """Pools of connections as the settings say; nothing is read from the environment."""
    # With a cafile of our own choice the environment's SSL_CERT_FILE is not asked.
    trust = ssl.create_default_context(cafile=str(settings.ca_file or certifi.where()))
    options: dict[str, Any] = {"maxsize": settings.max_workers, "ssl_context": trust}
    # The way to a simulator on this machine never leads through a proxy.
    if not settings.proxy_url or settings.api_url.startswith("http://"):
        pools = urllib3.PoolManager(num_pools=8, **options)
    else:
        pools = _proxied(settings.proxy_url, options)
    pools.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pools


def _proxied(url: str, options: dict[str, Any]) -> urllib3.PoolManager:
    proxy = urlsplit(url)
    if proxy.username:
        credentials = f"{proxy.username}:{proxy.password or ''}"
        options["proxy_headers"] = urllib3.make_headers(proxy_basic_auth=credentials)
    address = f"{proxy.scheme}://{proxy.hostname}:{proxy.port or 3128}"
    return urllib3.ProxyManager(address, num_pools=8, **options)


def _sendable(data: Any) -> Iterator[Any]:
    """Parts small enough for the socket's timeout, which covers all that is sent at once.

    Sent whole, 64 MiB would fail on every line that needs longer than the timeout for them.
    """
    if not isinstance(data, bytes) or len(data) <= _SEND_BYTES:
        yield data
        return
    view = memoryview(data)
    for at in range(0, len(view), _SEND_BYTES):
        if _call.cancelled is not None and _call.cancelled.is_set():
            raise CancelledError("Stopped in the middle of an upload.")
        yield view[at : at + _SEND_BYTES]


def _await_answer(sock: socket.socket | None, timeout_s: object) -> None:
    cancelled = _call.cancelled
    if cancelled is None or sock is None or _has_buffered(sock):
        return
    limit_s = timeout_s if isinstance(timeout_s, (int, float)) else float("inf")
    deadline = time.monotonic() + limit_s
    waiting = select.poll()
    waiting.register(sock, select.POLLIN)
    while not waiting.poll(_LOOK_EVERY_MS):
        if cancelled.is_set():
            raise CancelledError("Stopped while waiting for an answer of Dropbox.")
        if time.monotonic() > deadline:
            raise TimeoutError("no answer in time")


def _has_buffered(sock: socket.socket) -> bool:
    return isinstance(sock, ssl.SSLSocket) and sock.pending() > 0
