"""Asking the application without a network: for the command line beside no server, and for tests."""

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
from litestar.types import ASGIApp, Scope

from dropally.server.exchange import mark_local

_PIECES_AHEAD = 16


class InProcessTransport(httpx.BaseTransport):
    """An httpx transport that hands requests to an ASGI application in this process.

    Answers are streamed. `is_local`: ask as the operator of this machine. Close it in the end.
    """

    def __init__(self, app: ASGIApp, *, is_local: bool = False, client: str = "127.0.0.1") -> None:
        self._app = app
        self._is_local = is_local
        self._client = client
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="in-process-server")
        self._thread.start()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Ask; returns as soon as the answer begins."""
        body = request.read()
        exchange = _Exchange(self._app, self._scope(request), body)
        start = asyncio.run_coroutine_threadsafe(exchange.begin(), self._loop).result()
        stream = _Body(exchange, self._loop)
        return httpx.Response(start["status"], headers=start["headers"], stream=stream)

    def close(self) -> None:
        """Stop the loop; unfinished requests are cancelled."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(_cancel_all(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _scope(self, request: httpx.Request) -> Scope:
        scope: Any = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": request.method,
            "scheme": request.url.scheme,
            "path": request.url.path,
            "raw_path": request.url.raw_path.partition(b"?")[0],
            "query_string": request.url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "client": (self._client, 50000),
            "server": (request.url.host, request.url.port or 443),
            "state": {},
            "extensions": {},
        }
        return mark_local(scope) if self._is_local else scope


class _Exchange:
    """One request under way. Lives in the loop's thread."""

    def __init__(self, app: ASGIApp, scope: Scope, body: bytes) -> None:
        self._app = app
        self._scope = scope
        self._body = body
        self._asked = False
        self._gone = asyncio.Event()
        self._messages: asyncio.Queue[Any] = asyncio.Queue(_PIECES_AHEAD)
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> Any:
        self._task = asyncio.create_task(self._run())
        return await self._next()

    async def piece(self) -> bytes | None:
        """The next piece of the body, None after the last."""
        message = await self._next()
        return None if message is None else message["body"]

    async def end(self) -> None:
        """The asker has enough."""
        self._gone.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        try:
            await self._app(self._scope, self._receive, self._send)
            await self._messages.put(None)
        except Exception as error:  # noqa: BLE001  passed on to the asker
            await self._messages.put(error)

    async def _next(self) -> Any:
        message = await self._messages.get()
        if isinstance(message, Exception):
            raise message
        return message

    async def _receive(self) -> Any:
        if self._asked:
            await self._gone.wait()
            return {"type": "http.disconnect"}
        self._asked = True
        return {"type": "http.request", "body": self._body, "more_body": False}

    async def _send(self, message: Any) -> None:
        await self._messages.put(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._gone.set()  # servers say "gone" after the last piece; streams wait for it


class _Body(httpx.SyncByteStream):
    """The body of an answer, piece by piece."""

    def __init__(self, exchange: _Exchange, loop: asyncio.AbstractEventLoop) -> None:
        self._exchange = exchange
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        while (piece := self._ask()) is not None:
            yield piece

    def _ask(self) -> bytes | None:
        return asyncio.run_coroutine_threadsafe(self._exchange.piece(), self._loop).result()

    def close(self) -> None:
        asyncio.run_coroutine_threadsafe(self._exchange.end(), self._loop).result()


async def _cancel_all() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
