"""The running HTTP server: one event loop in a thread of its own, behind every door.

A *door* is a set of sockets with an application behind it: the network's, with or without TLS; the
machine's own, which only Dropally's account can open and which makes whoever comes the operator; and
that of the metrics.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import structlog
import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send

from dropally.server.connections import LimitedHttpProtocol
from dropally.server.exchange import mark_local

_THREADS = 32
_CONNECTIONS = 1000
_KEEP_ALIVE_S = 75  # longer than proxies keep theirs, which would send into a closing connection
_STARTS_WITHIN_S = 30.0
_log = structlog.get_logger("dropally.server")


@dataclass(frozen=True)
class Door:
    """Sockets that listen, and what answers there."""

    app: ASGIApp
    sockets: Sequence[socket.socket]
    tls: ssl.SSLContext | None = field(default=None, repr=False)


def local_door(app: ASGIApp) -> ASGIApp:
    """The same application for the machine's own operator."""

    async def marked(scope: Scope, receive: Receive, send: Send) -> None:
        await app(mark_local(scope), receive, send)

    return marked


class HttpServer:
    """Serves until it is stopped. Not to be started twice."""

    def __init__(self, doors: Sequence[Door], *, grace_s: int = 4) -> None:
        """`grace_s`: how long answers under way may take once it is being stopped."""
        self._servers = [(_uvicorn(door, grace_s), door) for door in doors]
        self._grace_s = grace_s
        self._thread = threading.Thread(target=self._run, name="http")
        self._started = threading.Event()
        self._error: BaseException | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def start(self) -> None:
        """Serve from now on."""
        self._thread.start()
        if not self._started.wait(_STARTS_WITHIN_S):
            raise RuntimeError("the HTTP server did not start")
        if self._error is not None:
            self._thread.join()
            raise self._error

    def stop(self) -> None:
        """Take no more connections, let answers under way end within the grace, then cut them."""
        for server, _door in self._servers:
            server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join()

    def answers(self, timeout_s: float) -> bool:
        """True if the event loop comes round within the time: it is not hung."""
        if self._loop is None or not self.is_alive:
            return False
        turn = threading.Event()
        try:
            self._loop.call_soon_threadsafe(turn.set)
        except RuntimeError:
            return False  # it has just ended
        return turn.wait(timeout_s)

    @property
    def is_alive(self) -> bool:
        """False once it has ended, for whatever reason."""
        return self._thread.is_alive()

    def _run(self) -> None:
        # Not asyncio.run: that waits for threads of its pool however long they hang.
        self._loop = loop = asyncio.new_event_loop()
        loop.set_default_executor(ThreadPoolExecutor(_THREADS, "http-worker"))
        try:
            loop.run_until_complete(self._serve())
        except BaseException as error:  # noqa: BLE001  handed to whoever started the thread
            self._error = error
            _log.error("the HTTP server has ended", exc_info=error)
        finally:
            loop.run_until_complete(_cancel_others())
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()
            self._started.set()

    async def _serve(self) -> None:
        serving = [
            asyncio.create_task(server.serve(sockets=list(door.sockets)))
            for server, door in self._servers
        ]
        while not all(server.started or task.done() for (server, _), task in self._pairs(serving)):
            await asyncio.sleep(0.005)
        self._started.set()
        await asyncio.gather(*serving)

    def _pairs(self, tasks: Sequence[Any]) -> Any:
        return zip(self._servers, tasks, strict=True)


async def _cancel_others() -> None:
    others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def _uvicorn(door: Door, grace_s: int) -> uvicorn.Server:
    config = uvicorn.Config(
        door.app,
        http=LimitedHttpProtocol,
        ws="none",
        loop="asyncio",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # ours believe trusted proxies only
        server_header=False,
        limit_concurrency=_CONNECTIONS,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    config.load()
    config.ssl = door.tls
    return uvicorn.Server(config)
