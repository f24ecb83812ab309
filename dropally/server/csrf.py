"""No other web site may make a signed-in browser do something here.

Three fences: what the browser itself says about where the request began; bodies only of types that
a form cannot send without asking first; and, with a cookie, a header whose value only our own
pages can read (`GET /api/v1/session` hands it out).
"""

from urllib.parse import urlsplit

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.auth.errors import ForbiddenError
from dropally.auth.sessions import csrf_matches
from dropally.server.exchange import Exchange, exchange_of, header

HEADER = "X-CSRF-Token"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_JSON = "application/json"


class CrossSiteFence(ASGIMiddleware):
    """Refuses what changes something and may have been sent from another site.

    A handler that takes another body than JSON names it: `opt={"body_type": "text/csv"}`.
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Look at the request, then go on."""
        exchange = exchange_of(scope)
        if exchange.method not in _SAFE:
            options = scope["route_handler"].opt
            _check_body_type(scope, str(options.get("body_type", _JSON)))
            if not exchange.api_token and not exchange.is_local:
                _check_origin(scope, exchange)
                if exchange.session_token and not options.get("public"):
                    _check_token(scope, exchange)
        await next_app(scope, receive, send)


def _check_origin(scope: Scope, exchange: Exchange) -> None:
    origin = header(scope, b"origin")
    site = header(scope, b"sec-fetch-site").lower()
    own = {exchange.host.lower(), urlsplit(exchange.parts.http.base_url).netloc.lower()} - {""}
    is_own = urlsplit(origin).netloc.lower() in own
    if (origin and not is_own) or site == "cross-site":
        raise ForbiddenError(
            "cross_site",
            "the request was sent from another web site",
            hint="use Dropally's own console; behind a proxy, check [server] base_url",
        )


def _check_token(scope: Scope, exchange: Exchange) -> None:
    if not csrf_matches(exchange.session_token, header(scope, HEADER.lower().encode())):
        raise ForbiddenError(
            "csrf_failed",
            f"the header {HEADER} is missing or belongs to another session",
            hint="load the page again",
        )


def _check_body_type(scope: Scope, wanted: str) -> None:
    has_body = header(scope, b"content-length") not in ("", "0") or header(
        scope, b"transfer-encoding"
    )
    sent = header(scope, b"content-type").partition(";")[0].strip().lower()
    if has_body and sent != wanted:
        raise HTTPException(status_code=415, detail=f"the body has to be sent as {wanted}")
