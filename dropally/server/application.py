"""From the parts to one ASGI application: the layers that every request passes, then the handlers.

From outside in: access (names the request, finds the client) > security headers > host names >
console > bodies > HEAD > Litestar's routing > authentication > cross-site fence > idempotency > the handler.
"""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Litestar, Request, Router
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ASGIApp

from dropally.auth.actors import Actor
from dropally.server.access import with_access_log
from dropally.server.authentication import Authentication
from dropally.server.bodies import with_body_limits
from dropally.server.console import BUILT, with_console
from dropally.server.csrf import CrossSiteFence
from dropally.server.exchange import Exchange, exchange_of
from dropally.server.head_requests import with_head_requests
from dropally.server.hosts import with_host_check
from dropally.server.idempotency import Idempotency
from dropally.server.openapi import openapi_config, openapi_document
from dropally.server.parts import Parts
from dropally.server.problems import EXCEPTION_HANDLERS
from dropally.server.routes import ALL_ROUTES, ROOT_ROUTES
from dropally.server.security_headers import with_security_headers

API_PATH = "/api/v1"


def build_application(
    parts: Parts, routes: Sequence[HTTPRouteHandler] = ALL_ROUTES, console: Path = BUILT
) -> ASGIApp:
    """The whole application. Handlers get `parts`, `actor` and `exchange` by these names.

    `console`: the folder with the built console.
    """
    app: ASGIApp = _router(tuple(routes))
    app = with_head_requests(app)
    app = with_body_limits(app, parts.http)
    app = with_console(app, console)
    app = with_host_check(app, parts.http)
    app = with_security_headers(app, parts.http)
    return with_access_log(app, parts)


def described(routes: Sequence[HTTPRouteHandler] = ALL_ROUTES) -> bytes:
    """The description of the API (OpenAPI 3.1, JSON), as `/api/v1/openapi.json` serves it."""
    return openapi_document(_router(tuple(routes)))


@lru_cache(maxsize=2)
def _router(routes: tuple[HTTPRouteHandler, ...]) -> Litestar:
    """Knows no parts: each request brings them. So it is made once a process."""
    return Litestar(
        route_handlers=[*ROOT_ROUTES, Router(API_PATH, route_handlers=routes)],
        dependencies={
            "parts": Provide(_provide_parts, sync_to_thread=False),
            "actor": Provide(_provide_actor, sync_to_thread=False),
            "exchange": Provide(_provide_exchange, sync_to_thread=False),
        },
        middleware=[Authentication(), CrossSiteFence(), Idempotency()],
        exception_handlers=EXCEPTION_HANDLERS,
        request_max_body_size=None,  # `bodies` counts
        openapi_config=openapi_config(),
        logging_config=None,
        debug=False,
    )


def _provide_parts(request: Request[Any, Any, Any]) -> Parts:
    return exchange_of(request.scope).parts


def _provide_actor(request: Request[Any, Any, Any]) -> Actor:
    return exchange_of(request.scope).actor


def _provide_exchange(request: Request[Any, Any, Any]) -> Exchange:
    return exchange_of(request.scope)
