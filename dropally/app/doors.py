"""From the configuration to the places where the server listens."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from dropally.common.clock import Clock
from dropally.common.errors import DropallyError
from dropally.config import Config, ListenAddress
from dropally.server.application import build_application
from dropally.server.listening import Door, local_door
from dropally.server.metrics_door import metrics_application
from dropally.server.parts import HttpSettings, Parts
from dropally.server.sockets import remove_unix_socket, tcp_sockets, unix_socket
from dropally.server.tls import (
    Certificate,
    load_chain,
    open_certificate,
    own_names,
    self_signed,
    server_context,
)

LOCAL_SOCKET = "dropally.sock"
_OWNER_ONLY, _OWNER_AND_GROUP = 0o600, 0o660


@dataclass(frozen=True)
class Doors:
    """All of them, and how people get there."""

    doors: tuple[Door, ...]
    addresses: tuple[str, ...]
    certificate: Certificate | None

    def reload_certificate(self, config: Config, clock: Clock) -> Certificate | None:
        """Answer new connections with the certificate as it is now on disk, renewed if it is due."""
        found = certificate_of(config, clock)
        if found is not None:
            for door in self.doors:
                if door.tls is not None:
                    load_chain(door.tls, found)
        return found


def http_settings(config: Config) -> HttpSettings:
    """How the server behaves towards browsers."""
    server = config.server
    return HttpSettings(
        base_url=server.base_url,
        is_secure=server.tls != "off" or server.base_url.startswith("https://"),
        trusted_proxies=server.trusted_proxies,
        allowed_hosts=server.allowed_hosts or tuple(own_names()),
    )


def certificate_end(config: Config, clock: Clock) -> datetime | None:
    """When the certificate expires; None where there is none, or it cannot be read."""
    try:
        found = certificate_of(config, clock)
    except DropallyError:
        return None
    return found.expires if found else None


def certificate_of(config: Config, clock: Clock) -> Certificate | None:
    """The certificate in use; None where TLS is off. Raises UsageError, DeniedError."""
    server = config.server
    if server.tls == "off":
        return None
    if server.tls == "files":
        return open_certificate(Path(server.tls_cert), Path(server.tls_key))
    own = urlsplit(server.base_url).hostname
    names = [*([own] if own else []), *server.allowed_hosts, *own_names()]
    return self_signed(config.paths.data, names, clock.now())


def open_doors(parts: Parts, config: Config, ending: ExitStack) -> Doors:
    """Bind everything; `ending` takes the sockets' files away.

    Raises UsageError, DeniedError, TryLaterError.
    """
    app = build_application(parts)
    certificate = certificate_of(config, parts.clock)
    tls = server_context(certificate) if certificate else None
    doors, addresses = [], []
    for address in config.server.listen:
        sockets = _sockets(address, config.server.listen, ending)
        # What comes by a Unix socket comes from a proxy, which speaks TLS for us.
        doors.append(Door(app, sockets, None if address.path else tls))
        for opened in sockets:
            if not address.path:
                name = opened.getsockname()
                addresses.append(_url("https" if tls else "http", name[0], name[1]))
    if config.metrics.enabled:
        figures = metrics_application(parts.metrics, parts.metrics_token)
        doors += [
            Door(figures, _sockets(address, config.metrics.listen, ending))
            for address in config.metrics.listen
        ]
    local = config.paths.data / LOCAL_SOCKET
    doors.append(Door(local_door(app), [unix_socket(local, _OWNER_ONLY)]))
    ending.callback(remove_unix_socket, local)
    return Doors(tuple(doors), tuple(addresses), certificate)


def _sockets(
    address: ListenAddress, beside: tuple[ListenAddress, ...], ending: ExitStack
) -> list[socket.socket]:
    if address.path:
        path = Path(address.path)
        opened = [unix_socket(path, _OWNER_AND_GROUP)]
        ending.callback(remove_unix_socket, path)
        return opened
    others = [(other.host, other.port) for other in beside if other != address]
    return tcp_sockets(address.host, address.port, others)


def _url(scheme: str, host: str, port: int) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"{scheme}://{shown}:{port}"
