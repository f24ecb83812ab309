"""Places to listen at: TCP addresses and Unix sockets."""

import errno
import os
import socket
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from dropally.common.errors import DeniedError, TryLaterError, UsageError

_BACKLOG = 256
_LONGEST_PATH = 107  # sun_path, unix(7)
_WILDCARDS = ("0.0.0.0", "")  # noqa: S104  compared with, not listened at


def tcp_sockets(
    host: str, port: int, beside: Iterable[tuple[str, int]] = ()
) -> list[socket.socket]:
    """Listening sockets for all addresses of a host.

    `beside`: the other addresses that are listened at. `[::]` takes IPv4 too, unless that has an
    address of its own among them. Raises UsageError, DeniedError, TryLaterError.
    """
    try:
        found = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except socket.gaierror as error:
        raise UsageError(
            f"{host!r} is no address of this machine: {error.strerror}",
            hint="correct [server] listen",
        ) from error
    takes_both = not any(name in _WILDCARDS and other == port for name, other in beside)
    opened: list[socket.socket] = []
    try:
        for family, _kind, _proto, _name, address in dict.fromkeys(found):
            opened.append(_bound(family, address, takes_both=takes_both))
    except BaseException:
        for one in opened:
            one.close()
        raise
    return opened


def _bound(
    family: socket.AddressFamily, address: tuple[object, ...], *, takes_both: bool
) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(not takes_both))
        opened.bind(address)
        opened.listen(_BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise _translated(f"{address[0]} port {address[1]}", error) from error
    return opened


def unix_socket(path: Path, mode: int) -> socket.socket:
    """A listening Unix socket with this file mode; takes the place of one that nobody answers.

    Raises UsageError, DeniedError, TryLaterError.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH:
        raise UsageError(
            f"the path {path} is too long for a socket",
            hint=f"choose one of at most {_LONGEST_PATH} bytes",
        )
    try:
        _remove_stale(path)
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            # The mode of the descriptor is that of the file from its first moment on (Linux).
            os.fchmod(opened.fileno(), mode)
            opened.bind(str(path))
            path.chmod(mode)
            opened.listen(_BACKLOG)
            opened.setblocking(False)
        except BaseException:
            opened.close()
            raise
    except OSError as error:
        raise _translated(str(path), error) from error
    return opened


def remove_unix_socket(path: Path) -> None:
    """Take the file away after closing."""
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _remove_stale(path: Path) -> None:
    try:
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise DeniedError(f"{path} is in the way", hint="move it away, or choose another path")
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
    raise TryLaterError(f"another process listens at {path}", hint="stop it first")


def _translated(place: str, error: OSError) -> DeniedError | TryLaterError | UsageError:
    reason = error.strerror or str(error)
    if error.errno == errno.EADDRINUSE:
        return TryLaterError(
            f"{place} is in use by another program",
            hint="stop it, or change [server] listen (and [metrics] listen) in dropally.toml",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return UsageError(f"{place} is no address of this machine", hint="correct [server] listen")
    return DeniedError(
        f"cannot listen at {place}: {reason}",
        hint="ports below 1024 need root or CAP_NET_BIND_SERVICE; choose a higher one",
    )
