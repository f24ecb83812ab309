"""Open connections, kept for the next call: certificates, proxy, names and ports."""

import base64
import socket
import ssl
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import certifi

from dropally.dropbox_api.answers import UnreachableError
from dropally.dropbox_api.errors import CertificateError
from dropally.dropbox_api.http_line import Line
from dropally.dropbox_api.settings import ConnectionSettings

_PORTS = {"https": 443, "http": 80}


class Address(NamedTuple):
    """Where a request goes."""

    host: str
    port: int
    encrypted: bool

    @property
    def host_header(self) -> str:
        """The value of the Host header."""
        usual = _PORTS["https" if self.encrypted else "http"]
        name = f"[{self.host}]" if ":" in self.host else self.host
        return name if self.port == usual else f"{name}:{self.port}"


def address_of(url: str) -> Address:
    """The address in a URL."""
    parts = urlsplit(url)
    port = parts.port or _PORTS[parts.scheme]
    return Address(parts.hostname or "", port, parts.scheme == "https")


class ConnectionPool:
    """Idle lines by address; safe for many threads. Nothing is read from the environment."""

    def __init__(self, settings: ConnectionSettings) -> None:
        self._trust = trust_in(settings.ca_file or Path(certifi.where()))
        self._proxy = settings.proxy_url
        self._connect_timeout_s = settings.connect_timeout_s
        self._most_idle = settings.max_workers
        self._limit = settings.line_limit
        self._idle: dict[Address, list[Line]] = {}
        self._closed = False

    def take(self, address: Address) -> Line:
        """An idle line, or a new one. Raises UnreachableError, CertificateError."""
        idle = self._idle.setdefault(address, [])
        while idle:
            try:
                line = idle.pop()
            except IndexError:
                break
            if not line.is_stale():
                return line
            line.close()
        return self._connect(address)

    def done(self, address: Address, line: Line, reusable: bool) -> None:
        """A call is over; a reusable line may serve the next one."""
        idle = self._idle[address]
        if reusable and not self._closed and len(idle) < self._most_idle:
            idle.append(line)
        else:
            line.close()

    def close(self) -> None:
        """Close the idle lines; those in use close when they are done."""
        self._closed = True
        for idle in self._idle.values():
            while idle:
                idle.pop().close()

    def _connect(self, address: Address) -> Line:
        # Only encrypted ways lead through the proxy; the others stay on this machine.
        proxied = bool(self._proxy) and address.encrypted
        first = address_of(self._proxy) if proxied else address
        try:
            sock = socket.create_connection((first.host, first.port), self._connect_timeout_s)
        except OSError as error:
            raise UnreachableError(f"{first.host}: {error.strerror or error}") from error
        try:
            if proxied:
                _open_tunnel(sock, address, self._proxy)
            ready = self._encrypt(sock, address) if address.encrypted else sock
            return Line(ready, self._limit)
        except BaseException:
            sock.close()
            raise

    def _encrypt(self, sock: socket.socket, address: Address) -> socket.socket:
        try:
            sock.settimeout(self._connect_timeout_s)
            return self._trust.wrap_socket(sock, server_hostname=address.host)
        except ssl.SSLCertVerificationError as error:
            raise CertificateError(
                f"The certificate that answered for {address.host} is not trusted:"
                f" {error.verify_message}.",
                hint="If a proxy of yours opens encrypted traffic, set ca_file to its certificate.",
            ) from error
        except OSError as error:
            raise UnreachableError(f"{address.host}: no encrypted connection ({error})") from error


def trust_in(ca_file: Path) -> ssl.SSLContext:
    """What trusts the certificates in this file; it is read anew when the file changes."""
    state = ca_file.stat()
    return _read_trust(str(ca_file), state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=4)
def _read_trust(path: str, _mtime_ns: int, _size: int) -> ssl.SSLContext:
    """The certificates in a file, read once as long as it does not change.

    Reading them takes 20 ms and they fill most of a megabyte; each job opens a pool of its own.
    """
    # With a cafile of our own choice the environment's SSL_CERT_FILE is not asked.
    return ssl.create_default_context(cafile=path)


def _open_tunnel(sock: socket.socket, address: Address, proxy: str) -> None:
    headers = {}
    parts = urlsplit(proxy)
    if parts.username:
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers["Proxy-Authorization"] = f"Basic {base64.b64encode(credentials.encode()).decode()}"
    target = f"{address.host}:{address.port}"
    line = Line(sock)
    line.timeout_s = 30.0
    try:
        line.request("CONNECT", target, target, headers, None)
        head = line.read_head()
    except OSError as error:
        raise UnreachableError(f"the proxy: {error}") from error
    if head.status != 200:
        raise UnreachableError(f"the proxy answered HTTP {head.status} {head.reason}")
