"""A Dropbox Business team on loopback: for tests, demonstrations and restore drills.

with start_simulator() as simulator:
    print(simulator.http_url)
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dropally.simulator.control.local import Control
from dropally.simulator.dispatch import Dispatcher
from dropally.simulator.state.world import World
from dropally.simulator.transport.http1 import Http1Connection
from dropally.simulator.world.registry import prepare

Result = TypeVar("Result")


class Simulator:
    """A running simulator in a thread of this process."""

    def __init__(self, world: World, *, strict: bool) -> None:
        prepare(world)
        self.world = world
        self.dispatcher = Dispatcher(world, strict=strict)
        self.dispatcher.watcher = world.faults
        self.control = Control(self)
        """Edits, truth, faults, clock, knobs, tokens and counters."""
        self.http_port = 0
        self._loop = asyncio.new_event_loop()
        self._ready: Future[None] = Future()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    @property
    def http_url(self) -> str:
        """The plain-HTTP face, which stands for all of Dropbox's hosts."""
        return f"http://127.0.0.1:{self.http_port}"

    def start(self) -> None:
        """Listen. Raises OSError when a port is taken."""
        self._thread.start()
        self._ready.result(timeout=60)

    def stop(self) -> None:
        """Close every connection and forget what was not saved."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stopping.set)
            self._thread.join()

    def run(self, action: Callable[[World], Result]) -> Result:
        """Run something on the server's thread, which is the only one that may touch the world."""

        async def call() -> Result:
            return action(self.world)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result()

    def __enter__(self) -> "Simulator":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        loop = asyncio.get_running_loop()
        connections: set[Http1Connection] = set()
        try:
            server = await loop.create_server(
                lambda: Http1Connection(self.dispatcher.begin, connections), "127.0.0.1", 0
            )
        except OSError as error:
            self._ready.set_exception(error)
            return
        self.http_port = server.sockets[0].getsockname()[1]
        self._ready.set_result(None)
        await self._stopping.wait()
        server.close()
        for connection in list(connections):
            connection.abort()
        await asyncio.sleep(0)
        self.world.close()


def start_simulator(*, state: Path | None = None, strict: bool = False) -> Simulator:
    """Start a simulator; use it as a context manager, or call `stop`.

    `strict` checks every answer against Dropbox's own types.
    """
    simulator = Simulator(World(state), strict=strict)
    simulator.start()
    return simulator
