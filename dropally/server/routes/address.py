"""How the appliance is reached: what arrived of a request, and what does not fit the configuration."""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec
from litestar import Request, get
from litestar.handlers import HTTPRouteHandler

from dropally.auth.guard import require
from dropally.auth.verbs import Verb
from dropally.config.tables import Server
from dropally.server.exchange import Exchange
from dropally.server.given import GivenActor, GivenExchange, GivenParts
from dropally.server.problems import documented
from dropally.server.proxies import is_from_trusted_proxy
from dropally.server.storage_views import CheckList, check_list
from dropally.upkeep.health import Check

_SHOWN = (
    "host",
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-real-ip",
    "via",
)


class ReceivedHeader(msgspec.Struct, frozen=True):
    """A header as it arrived here."""

    name: str
    value: str


class AddressState(msgspec.Struct, frozen=True, kw_only=True):
    """How this very request came, and by which address links in mails lead here.

    `scheme`, `host` and `client` are what is believed; `received` is what arrived. `sent_by`: the
    address at the other end of the connection, a proxy's if there is one; "" for a Unix socket.
    `base_url` is the address in use, `configured_base_url` "" where nobody has set one.
    """

    scheme: str
    host: str
    client: str
    sent_by: str
    is_from_trusted_proxy: bool
    received: list[ReceivedHeader]
    tls: str
    base_url: str
    configured_base_url: str
    checks: CheckList


@get(
    "/appliance/address",
    operation_id="check_address",
    summary="How this request came here, and what does not fit",
    tags=["appliance"],
    responses=documented(401, 403),
    sync_to_thread=True,
)
def check_address(
    parts: GivenParts, actor: GivenActor, exchange: GivenExchange, request: Request[Any, Any, Any]
) -> AddressState:
    """Ask through the proxy and name that people use; nothing is asked of anybody else."""
    require(parts.auth, actor, Verb.APPLIANCE_MANAGE)
    server = parts.settings.get().server
    received = [
        ReceivedHeader(name, value)
        for name, value in request.headers.multi_items()
        if name in _SHOWN
    ]
    is_proxied = is_from_trusted_proxy(request.scope, parts.http.trusted_proxies)
    checks = [
        *_proxy_check(exchange, received, is_proxied=is_proxied),
        _transport_check(exchange, server),
        _address_check(exchange, server),
    ]
    return AddressState(
        scheme=exchange.scheme,
        host=exchange.host,
        client=exchange.client.address,
        sent_by=request.client.host if request.client else "",
        is_from_trusted_proxy=is_proxied,
        received=received,
        tls=server.tls,
        base_url=parts.settings.base_url(),
        configured_base_url=server.base_url,
        checks=check_list(checks),
    )


def _proxy_check(
    exchange: Exchange, received: Sequence[ReceivedHeader], *, is_proxied: bool
) -> Iterator[Check]:
    """Nothing to say where there is no proxy."""
    title = "Reverse proxy"
    told = sorted({header.name for header in received} - {"host", "via", "x-real-ip"})
    if not told and not is_proxied:
        return
    if not is_proxied:
        detail = f"a proxy sends {', '.join(told)}, and is not believed"
        hint = "name its address in [server] trusted_proxies of dropally.toml, and start again"
        yield Check("proxy", title, "warning", detail, hint)
    elif "x-forwarded-for" not in told and not exchange.is_local:
        detail = "the proxy does not say who asks: everybody seems to come from its address"
        yield Check("proxy", title, "warning", detail, "let it set X-Forwarded-For")
    else:
        yield Check("proxy", title, "ok", f"believed; {exchange.client.address or 'nobody'} asks")


def _transport_check(exchange: Exchange, server: Server) -> Check:
    title = "Encryption"
    if exchange.scheme == "https":
        own = "your browser warns about its certificate once" if server.tls == "self-signed" else ""
        return Check("transport", title, "ok", "https" + (f"; {own}" if own else ""))
    detail = "this page came by plain http: passwords can be read on the way"
    hint = (
        'let the proxy speak https and send X-Forwarded-Proto, or set [server] tls = "self-signed"'
    )
    return Check("transport", title, "warning", detail, hint)


def _address_check(exchange: Exchange, server: Server) -> Check:
    title = "Address in mails"
    here = f"{exchange.scheme}://{exchange.host}"
    if not server.base_url:
        detail = "not set: links in mails lead to this machine's name, which may not be reached"
        return Check("base_url", title, "warning", detail, f"set it, for example to {here}")
    if urlsplit(server.base_url).netloc.lower() != exchange.host.lower():
        detail = f"{server.base_url}, but you came by {here}"
        hint = "open the console by that address once, to see that it works"
        return Check("base_url", title, "warning", detail, hint)
    return Check("base_url", title, "ok", server.base_url)


handlers: Sequence[HTTPRouteHandler] = [check_address]
