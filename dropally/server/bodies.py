"""A body may neither be too large nor come too slowly."""

import asyncio
from typing import Any

from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.server.exchange import exchange_of, header
from dropally.server.parts import HttpSettings
from dropally.server.problems import new_problem, send_problem


def with_body_limits(app: ASGIApp, http: HttpSettings) -> ASGIApp:
    """Refuse bodies that say they are too large or turn out to be (413), or take too long (408)."""

    async def layer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        length = header(scope, b"content-length")
        if length.isdigit() and int(length) > http.largest_body_bytes:
            problem = new_problem(
                413,
                "body_too_large",
                _too_large(http),
                request_id=exchange_of(scope).request_id,
            )
            await send_problem(send, problem, {"Connection": "close"})
            return
        await app(scope, _limited(receive, http), send)

    return layer


def _limited(receive: Receive, http: HttpSettings) -> Receive:
    """Until the body is whole, all of it has its time; later waits are for the client to leave."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + http.body_timeout_s
    received_bytes, is_whole = 0, False

    async def receive_in_time() -> Any:
        nonlocal is_whole, received_bytes
        if is_whole:
            return await receive()
        try:
            async with asyncio.timeout_at(deadline):
                message: Any = await receive()
        except TimeoutError as error:
            raise HTTPException(status_code=408, detail="the body did not come in time") from error
        received_bytes += len(message.get("body", b""))
        if received_bytes > http.largest_body_bytes:
            raise HTTPException(status_code=413, detail=_too_large(http))
        is_whole = not message.get("more_body", False)
        return message

    return receive_in_time


def _too_large(http: HttpSettings) -> str:
    return f"a body may have at most {http.largest_body_bytes} bytes"
