"""Who asks, and by which name: believed from `X-Forwarded-*` only where a trusted proxy sent it.

Each proxy appends the address it was asked from to X-Forwarded-For. So the list is read from its
end, for as long as its entries are trusted proxies themselves; the first that is not is the client.
What stands before it was written by the client and means nothing.
"""

from ipaddress import ip_address

from litestar.types import Scope

from dropally.server.exchange import header, header_lines
from dropally.server.parts import Network


def client_address(scope: Scope, trusted: tuple[Network, ...]) -> str:
    """The address of the client, "" for a Unix socket where no proxy told one."""
    peer = _peer(scope)
    if not _is_trusted(peer, trusted):
        return peer
    forwarded = ",".join(header_lines(scope, b"x-forwarded-for"))
    hops = [_bare(hop.strip()) for hop in forwarded.split(",") if hop.strip()]
    found = peer
    for hop in reversed(hops):
        if not _is_address(hop):
            break
        found = hop
        if not _is_trusted(hop, trusted):
            break
    return found


def scheme_and_host(scope: Scope, trusted: tuple[Network, ...]) -> tuple[str, str]:
    """By which scheme and host (with port, as sent) the browser asked."""
    scheme, host = scope["scheme"], header(scope, b"host")
    if not _is_trusted(_peer(scope), trusted):
        return scheme, host
    told = _last(header(scope, b"x-forwarded-proto")).lower()
    return told if told in ("http", "https") else scheme, _last(
        header(scope, b"x-forwarded-host")
    ) or host


def is_from_trusted_proxy(scope: Scope, trusted: tuple[Network, ...]) -> bool:
    """True if what is forwarded is believed."""
    return _is_trusted(_peer(scope), trusted)


def _peer(scope: Scope) -> str:
    client = scope.get("client")
    return _bare(client[0]) if client else ""


def _last(text: str) -> str:
    return text.rpartition(",")[2].strip()


def _bare(address: str) -> str:
    """`[2001:db8::1]:443` -> `2001:db8::1`, `10.0.0.1:80` -> `10.0.0.1`, `::ffff:10.0.0.1` -> IPv4."""
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    if not _is_address(address):
        return address
    parsed = ip_address(address)
    mapped = parsed.ipv4_mapped if parsed.version == 6 else None
    return str(mapped or parsed)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_trusted(address: str, trusted: tuple[Network, ...]) -> bool:
    """A Unix socket has no address: whoever may open it is a proxy on this machine."""
    if not address:
        return True
    return _is_address(address) and any(ip_address(address) in network for network in trusted)
