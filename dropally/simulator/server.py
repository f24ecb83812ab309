"""World, dispatcher and faces put together: one simulator, for whichever loop runs it."""

import asyncio
import logging
import sqlite3
import tempfile
from contextlib import ExitStack
from pathlib import Path

from dropally.simulator.dispatch import Dispatcher
from dropally.simulator.stalls import Stalls
from dropally.simulator.state.loading import load
from dropally.simulator.state.saving import Saver, open_database
from dropally.simulator.state.world import World
from dropally.simulator.transport.faces import Addresses, Faces
from dropally.simulator.transport.tls import Authority
from dropally.simulator.world.registry import prepare
from dropally.simulator.world.teams import build_team

_SAVE_EVERY_S = 0.1
_log = logging.getLogger(__name__)


class Server:
    """A simulator that runs on the current event loop."""

    def __init__(self, *, state: Path | None = None, strict: bool = False) -> None:
        self._cleanup = ExitStack()
        folder = state or Path(self._cleanup.enter_context(_scratch_folder()))
        folder.mkdir(parents=True, exist_ok=True)
        saver = Saver(open_database(folder / "state.db")) if state else None
        self.world = World(state, saver=saver)
        prepare(self.world)
        if saver is not None:
            load(self.world, saver)
        self.authority = Authority(folder)
        self.dispatcher = Dispatcher(self.world, strict=strict)
        self.dispatcher.watcher = self.world.faults
        self._stalls = Stalls()
        self.world.faults.metrics.lost_s = self._stalls.lost_s
        self._saving: asyncio.Task[None] | None = None
        self._faces = Faces(self.dispatcher.begin, self.authority)

    def found(self, team: str) -> None:
        """Fill an empty world with a team; leave one that was loaded as it is. Raises UsageError."""
        if not len(self.world.teams):
            try:
                build_team(self.world, team)
            except BaseException:
                self.world.forget()  # half a team must not be what the next start finds
                raise
            self.world.save()

    async def start(self, addresses: Addresses) -> Addresses:
        """Listen; where. Raises OSError when a port is taken."""
        self._saving = asyncio.create_task(self._save_for_ever())
        return await self._faces.listen(addresses)

    async def stop(self) -> None:
        """Cut all connections, save, and remove what was temporary."""
        await self._faces.close()
        if self._saving is not None:
            self._saving.cancel()
            await asyncio.gather(self._saving, return_exceptions=True)
        self.close()

    def close(self) -> None:
        """Save, and remove what was temporary; for a server that never listened."""
        self.world.close()
        self._cleanup.close()

    async def _save_for_ever(self) -> None:
        while True:
            await self._stalls.sleep(_SAVE_EVERY_S)
            try:
                self.world.save()
            except sqlite3.Error:
                # Nothing is lost while we run: the next round writes it all again.
                _log.exception("cannot save the simulated team")


def _scratch_folder() -> "tempfile.TemporaryDirectory[str]":
    return tempfile.TemporaryDirectory(prefix="simulator-")
