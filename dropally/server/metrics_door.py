"""`/metrics`, at a listener of its own or, with a token, at the console's."""

import asyncio
from typing import Any

from litestar import Response, get
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.auth.tokens import equal_secrets
from dropally.common.errors import DropallyError, NotFoundError
from dropally.server.exchange import header
from dropally.server.given import GivenParts
from dropally.server.metrics import CONTENT_TYPE, MEDIA_TYPE, Metrics

PATH = "/metrics"
_BEARER = "Bearer "


def metrics_application(metrics: Metrics, token: str) -> ASGIApp:
    """An application that knows this one path. `token` "": whoever reaches the listener may read."""

    async def app(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            return
        status, body = 200, b""
        if scope["path"] != PATH or scope["method"] != "GET":
            status = 404
        elif token and not _is_allowed(scope, token):
            status = 401
        else:
            try:
                body = await asyncio.to_thread(metrics.text)
            except DropallyError as error:
                status, body = 503, f"# {error}\n".encode()
        headers = [
            (b"content-type", CONTENT_TYPE.encode()),
            (b"content-length", str(len(body)).encode()),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    return app


@get(
    PATH,
    operation_id="get_metrics",
    summary="Figures for Prometheus",
    tags=["health"],
    opt={"public": True},
    security=[{}],
    include_in_schema=False,
    sync_to_thread=True,
)
def get_metrics(parts: GivenParts, scope: Scope) -> Response[bytes]:
    """The same at the console's listener, only where a token was set, and only with it."""
    token = parts.metrics_token
    if not token or not _is_allowed(scope, token):
        raise NotFoundError("there is nothing here", hint="see [metrics] in the manual")
    return Response(parts.metrics.text(), media_type=MEDIA_TYPE)


def _is_allowed(scope: Any, token: str) -> bool:
    sent = header(scope, b"authorization")
    return sent.startswith(_BEARER) and equal_secrets(sent[len(_BEARER) :].strip(), token)


handlers = [get_metrics]
