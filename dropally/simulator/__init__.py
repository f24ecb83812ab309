"""A Dropbox Business team on loopback: for tests, demonstrations and restore drills.

with start_simulator(team="sample") as simulator:
print(simulator.http_url)
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from dropally.common.errors import UsageError
from dropally.simulator.control.local import Control
from dropally.simulator.server import Server
from dropally.simulator.state.world import World
from dropally.simulator.transport.faces import Addresses

Result = TypeVar("Result")

_START_TIMEOUT_S = 120


class Simulator:
    """A running simulator in a thread of this process."""

    def __init__(self, server: Server, addresses: Addresses) -> None:
        self.control = Control(self)
        """Edits, truth, faults, clock, knobs, tokens and counters."""
        self._server = server
        self._addresses = addresses
        self._loop = asyncio.new_event_loop()
        self._ready: Future[None] = Future()
        self._stopping = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    @property
    def world(self) -> World:
        """All state; only for code that runs through `run`."""
        return self._server.world

    @property
    def http_url(self) -> str:
        """The plain-HTTP face, which stands for all of Dropbox's hosts."""
        return f"http://{self._addresses.host}:{self._addresses.http}"

    @property
    def tls_port(self) -> int:
        """The TLS face; 0 when there is none."""
        return self._addresses.tls or 0

    @property
    def proxy_port(self) -> int:
        """The CONNECT proxy; 0 when there is none."""
        return self._addresses.proxy or 0

    @property
    def ca_pem(self) -> bytes:
        """The certificate that clients of the TLS and proxy faces must trust."""
        return self._server.authority.ca_pem

    def start(self) -> None:
        """Listen. Raises OSError when a port is taken."""
        self._thread.start()
        self._ready.result(timeout=_START_TIMEOUT_S)

    def stop(self) -> None:
        """Close every connection, save when there is a state folder, and end."""
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
        try:
            self._addresses = await self._server.start(self._addresses)
        except OSError as error:
            await self._server.stop()
            self._ready.set_exception(error)
            return
        self._ready.set_result(None)
        await self._stopping.wait()
        await self._server.stop()


def start_simulator(
    *,
    state: Path | None = None,
    team: str | None = None,
    addresses: Addresses | None = None,
    strict: bool = False,
    founded: datetime | None = None,
) -> Simulator:
    """Start a simulator; use it as a context manager, or call `stop`.

    `team` is one of the specifications of `dropally simulator serve --team`; without it there is
    no team until somebody founds one; `founded` sets the team's clock before that. `strict` checks every answer against Dropbox's own types.
    Raises OSError when a port is taken, UsageError for a team that cannot be.
    """
    server = Server(state=state, strict=strict)
    if team is not None:
        if founded is not None:
            server.world.clock.set(founded)
        try:
            server.found(team)
        except UsageError:
            server.close()
            raise
    everything = Addresses(http=0, tls=0, proxy=0)
    simulator = Simulator(server, addresses or everything)
    simulator.start()
    return simulator
