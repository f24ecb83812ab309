"""Where to listen, whom to believe, and where people find the console."""

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from dropally.common.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST_NAME = re.compile(r"(?=.{1,253}\Z)(\*\.)?[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?")


@dataclass(frozen=True)
class ListenAddress:
    """A TCP address, or the path of a unix socket (`host` is "" then)."""

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_listen(value: object) -> ListenAddress:
    """`"0.0.0.0:8480"`, `"[::]:8480"`, `"localhost:8480"` or `"unix:/run/dropally/web.sock"`."""
    text = value.strip() if isinstance(value, str) else ""
    if text.startswith("unix:/"):
        return ListenAddress(path=text.removeprefix("unix:"))
    host, colon, port = text.rpartition(":")
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    is_host = _is_address(bare) if bare != host or ":" in host else _is_host(host)
    is_port = port.isascii() and port.isdigit() and int(port) <= 65535
    if not colon or not is_host or not is_port or (":" in host and bare == host):
        raise UsageError('must be an address such as "0.0.0.0:8480", "[::]:8480" or "unix:/path"')
    return ListenAddress(bare, int(port))


def parse_network(value: object) -> Network:
    """An address or a network in CIDR notation: `"10.0.0.0/8"`, `"::1"`."""
    try:
        return ipaddress.ip_network(value if isinstance(value, str) else "")
    except ValueError:
        raise UsageError('must be an address or network such as "10.0.0.0/8"') from None


def parse_host(value: object) -> str:
    """The name or address of a host, without port; `*.example.com` stands for all below it."""
    text = value.strip().lower() if isinstance(value, str) else ""
    bare = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if not _is_host(text) and not _is_address(bare):
        raise UsageError('must be a host name such as "backup.example.com", without port')
    return bare


def parse_base_url(value: object) -> str:
    """`"https://backup.example.com"`, with a path behind some proxies; "" while not known."""
    text = value.strip().rstrip("/") if isinstance(value, str) else " "
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        is_good = (
            parts.scheme in ("http", "https")
            and bool(parts.hostname)
            and not (parts.query or parts.fragment or parts.username)
            and (parts.port is None or parts.port > 0)
            and text.isprintable()
            and " " not in text
        )
    except ValueError:
        is_good = False
    if not is_good:
        raise UsageError('must be the address of the console such as "https://backup.example.com"')
    return text


def _is_host(text: str) -> bool:
    return bool(_HOST_NAME.fullmatch(text)) and ".." not in text


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
