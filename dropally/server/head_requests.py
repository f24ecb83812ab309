"""HEAD, as RFC 9110 (9.3.2) has it: what GET would answer, without the body."""

from typing import Any

from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send


def with_head_requests(app: ASGIApp) -> ASGIApp:
    """Ask as GET, and keep the body back. An endless answer is over with its head."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "HEAD":
            await app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.start":
                await send(message)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

        asked: Any = {**scope, "method": "GET"}
        await app(asked, receive, send_head)

    return layer
