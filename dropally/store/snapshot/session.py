"""A writer at work: `sessions/<id>`, written at its start, refreshed, removed at its end.

Whoever frees space must know which writers may still refer to chunks that look unused. A session
that was not refreshed for a day belongs to a writer that died.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import datetime

import msgspec

from dropally.store.backend import Backend, Version
from dropally.store.errors import StoreError
from dropally.store.keys import Keyring

PREFIX = "sessions/"


class SessionRecord(msgspec.Struct, frozen=True):
    """What a session object says. `generation` is the last list of condemned packs it heeds."""

    id: str
    note: str
    started: datetime
    refreshed: datetime
    generation: int = 0


class Session:
    """The session object of one writer."""

    def __init__(
        self, backend: Backend, keyring: Keyring, clock: Callable[[], datetime], note: str
    ) -> None:
        self._backend = backend
        self._sealer = keyring.sealer("session")
        self._clock = clock
        now = clock()
        self.id = os.urandom(16).hex()
        self._record = SessionRecord(self.id, note, now, now)
        self._version: Version | None = None

    def start(self) -> None:
        """Make the writer known, before it looks at the index."""
        self._version = self._write()

    def refresh(self) -> None:
        """Say that the writer is alive. Raises `ConflictError` when it was declared dead."""
        self._record = msgspec.structs.replace(self._record, refreshed=self._clock())
        self._version = self._write()

    def end(self) -> None:
        """Remove the object. One that cannot be removed ages, and counts as dead after a day."""
        with contextlib.suppress(StoreError):
            self._backend.delete(self._key)

    @property
    def _key(self) -> str:
        return PREFIX + self.id

    def _write(self) -> Version:
        plain = msgspec.msgpack.encode(self._record)
        return self._backend.swap(self._key, self._sealer.seal(self._key, plain), self._version)
