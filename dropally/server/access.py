"""The outermost layer: a name for each request, who asks, and one line in the log when it is over."""

import secrets

import structlog
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from dropally.auth.actors import Client
from dropally.server.exchange import Exchange, begin, exchange_of, header, is_local
from dropally.server.hosts import HEALTH_PATHS
from dropally.server.parts import Parts
from dropally.server.proxies import client_address, scheme_and_host

HEADER = "X-Request-ID"
_log = structlog.get_logger("dropally.access")


def with_access_log(app: ASGIApp, parts: Parts) -> ASGIApp:
    """Begin the exchange, name the request in the log and in the answer, and log how it went.

    The path is logged as its template (`/api/v1/tasks/{task_id}`) and without the query: paths in
    a query may be names of people's files.
    """

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        begun = parts.clock.monotonic()
        exchange = _begin(scope, parts)
        status, sent_bytes = 500, 0

        async def send_named(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
                parts.metrics.count_request(
                    exchange.method, route_of(scope), status, parts.clock.monotonic() - begun
                )
                message.setdefault("headers", [])
                MutableScopeHeaders(message)[HEADER] = exchange.request_id
            elif message["type"] == "http.response.body":
                sent_bytes += len(message["body"])
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=exchange.request_id):
            try:
                await app(scope, receive, send_named)
            finally:
                _write(scope, status, sent_bytes, parts.clock.monotonic() - begun)

    return layer


def _begin(scope: HTTPScope, parts: Parts) -> Exchange:
    trusted = parts.http.trusted_proxies
    request_id = f"req_{secrets.token_hex(8)}"
    scheme, host = scheme_and_host(scope, trusted)
    address = "local" if is_local(scope) else client_address(scope, trusted)
    client = Client(address, header(scope, b"user-agent"), request_id)
    exchange = Exchange(
        parts, request_id, scope["method"], client, scheme, host, is_local=is_local(scope)
    )
    begin(scope, exchange)
    return exchange


def _write(scope: Scope, status: int, sent_bytes: int, duration_s: float) -> None:
    exchange = exchange_of(scope)
    # Supervisors ask for health all day long.
    tell = _log.debug if scope["path"] in HEALTH_PATHS and status == 200 else _log.info
    tell(
        "request",
        method=exchange.method,
        path=route_of(scope),
        status=status,
        duration_s=round(duration_s, 4),
        bytes=sent_bytes,
        client=exchange.client.address,
        actor=exchange.actor.id,
    )


def route_of(scope: Scope) -> str:
    """The template of the path, "" where none fits."""
    template = scope.get("path_template")
    return str(template) if template else ""
