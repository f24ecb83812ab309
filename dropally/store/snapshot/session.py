"""A writer at work: `sessions/<id>`, written at its start, refreshed, removed at its end.

Whoever frees space must know which writers may still refer to chunks that look unused. A session
that was not refreshed for a day belongs to a writer that died, and is removed; a writer that was
only suspended notices when it commits, since it confirms its session before and after.
"""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime

import msgspec

from dropally.store.backend import Backend, Version
from dropally.store.errors import (
    ConflictError,
    DamagedError,
    NewerFormatError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
)
from dropally.store.keys import Keyring

PREFIX = "sessions/"


class SessionRecord(msgspec.Struct, frozen=True):
    """What a session object says. `generation` is the last list of condemned packs it heeds."""

    id: str
    note: str
    started: datetime
    refreshed: datetime
    generation: int = 0
    ended: bool = False
    """The writer ended, and its snapshots may not show in every listing yet."""


_DECODER = msgspec.msgpack.Decoder(SessionRecord)


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
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make the writer known, before it looks at the index."""
        self._version = self._write()

    def acknowledge(self, generation: int) -> None:
        """Say which list of condemned packs this writer heeds in all that it does from here on."""
        if generation:
            self._record = msgspec.structs.replace(self._record, generation=generation)
            self.refresh()

    @property
    def generation(self) -> int:
        """What was acknowledged."""
        return self._record.generation

    def refresh(self) -> None:
        """Say that the writer is alive. Raises `ConflictError` when it was declared dead."""
        with self._lock:
            self._record = msgspec.structs.replace(self._record, refreshed=self._clock())
            try:
                self._version = self._write()
            except ConflictError:
                # Nobody else writes it: either it was removed, or an answer of ours was lost.
                self._version = self._found_version()
                self._version = self._write()

    def _found_version(self) -> Version:
        try:
            return self._backend.read_version(self._key)[1]
        except ObjectNotFoundError:
            raise self._ended() from None

    def _ended(self) -> ConflictError:
        return ConflictError(
            f"the session {self.id} of this writer was ended: it was not heard of for a day",
            hint="Run the job again.",
        )

    def confirm(self) -> None:
        """Raise `ConflictError` when the writer was declared dead. Writes nothing."""
        with self._lock:
            try:
                self._backend.stat(self._key)
            except ObjectNotFoundError:
                raise self._ended() from None

    def end(self, *, linger: bool = False) -> None:
        """Remove the object. One that cannot even be marked counts as dead after a day.

        With `linger`, or where this writer may not delete, it stays, marked as ended: whoever frees
        space removes it when it is an hour old, by when every listing shows what was committed.
        """
        with contextlib.suppress(StoreError):
            if linger or not self._is_removed():
                self._record = msgspec.structs.replace(self._record, ended=True)
                self.refresh()

    def _is_removed(self) -> bool:
        try:
            self._backend.delete(self._key)
        except ReadOnlyError:
            return False
        return True

    @property
    def _key(self) -> str:
        return PREFIX + self.id

    def _write(self) -> Version:
        plain = msgspec.msgpack.encode(self._record)
        return self._backend.swap(self._key, self._sealer.seal(self._key, plain), self._version)


def read_session(backend: Backend, keyring: Keyring, key: str) -> tuple[SessionRecord, Version]:
    """A session by its key. Raises `ObjectNotFoundError`, `DamagedError`."""
    sealed, version = backend.read_version(key)
    try:
        record = _DECODER.decode(keyring.sealer("session").open(key, sealed))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"{key} cannot be read: {error}") from error
    return record, version


def live_sessions(backend: Backend, keyring: Keyring) -> Iterator[SessionRecord]:
    """Every writer that made itself known and did not end; unreadable ones are passed over."""
    for stat in backend.list(PREFIX):
        with contextlib.suppress(ObjectNotFoundError, DamagedError, NewerFormatError):
            yield read_session(backend, keyring, stat.key)[0]
