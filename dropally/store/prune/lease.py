"""The object `lease`: who frees space just now. And what time it is, by the backend's own clock.

The lease keeps two prunes from doing the same work. It is not what makes deleting safe: a holder
that was suspended and goes on later deletes only packs that no one can refer to any more.
"""

import contextlib
import os
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from dropally.store.backend import Backend, Version
from dropally.store.errors import (
    ConflictError,
    DamagedError,
    ObjectNotFoundError,
    StoreError,
)
from dropally.store.keys import Keyring

KEY = "lease"
_LIFETIME = timedelta(minutes=15)
_REFRESH = timedelta(minutes=1)


class LeaseRecord(msgspec.Struct, frozen=True):
    """What the object says. `epoch` grows with every change of hands."""

    holder: str
    epoch: int
    note: str
    written: datetime


_DECODER = msgspec.msgpack.Decoder(LeaseRecord)


class Lease:
    """Use it in a `with` statement, and call `keep` often."""

    def __init__(
        self, backend: Backend, keyring: Keyring, clock: Callable[[], datetime], note: str
    ) -> None:
        self._backend = backend
        self._sealer = keyring.sealer("lease")
        self._clock = clock
        self._record = LeaseRecord(os.urandom(8).hex(), 0, note, clock())
        self._version: Version | None = None

    def __enter__(self) -> "Lease":
        expected = self._takeable(backend_time(self._backend))
        self._version = self._write(expected)
        return self

    def __exit__(self, *_: object) -> None:
        """Let go, unless somebody else holds it by now."""
        with contextlib.suppress(StoreError):
            if self._backend.read_version(KEY)[1] == self._version:
                self._backend.delete(KEY)

    def keep(self) -> None:
        """Show that the work goes on. Raises `ConflictError` when somebody else took over."""
        now = self._clock()
        if abs(now - self._record.written) >= _REFRESH:
            self._record = msgspec.structs.replace(self._record, written=now)
            self._version = self._write(self._version)

    def _takeable(self, now: datetime) -> Version | None:
        """The version to replace: none, or that of a holder not heard of for long."""
        try:
            sealed, version = self._backend.read_version(KEY)
            written = self._backend.stat(KEY).modified
        except ObjectNotFoundError:
            return None
        try:
            known = _DECODER.decode(self._sealer.open(KEY, sealed))
        except (DamagedError, msgspec.MsgspecError, UnicodeDecodeError):
            known = LeaseRecord("?", 0, "somebody whose lease cannot be read", now)
        if now - written < _LIFETIME:
            raise ConflictError(
                f"space is being freed in this repository already: {known.note}",
                hint=f"Wait for its end; if it died, try again after {_LIFETIME} without a sign.",
                retryable=True,
            )
        self._record = msgspec.structs.replace(self._record, epoch=known.epoch + 1)
        return version

    def _write(self, expected: Version | None) -> Version:
        sealed = self._sealer.seal(KEY, msgspec.msgpack.encode(self._record))
        try:
            return self._backend.swap(KEY, sealed, expected)
        except ConflictError:
            if self._is_ours():  # the answer to an earlier write was lost
                return self._backend.swap(KEY, sealed, self._backend.read_version(KEY)[1])
            raise ConflictError(
                "somebody else took over freeing space in this repository", retryable=True
            ) from None

    def _is_ours(self) -> bool:
        try:
            sealed = self._backend.get(KEY)
            return _DECODER.decode(self._sealer.open(KEY, sealed)).holder == self._record.holder
        except (StoreError, msgspec.MsgspecError, UnicodeDecodeError):
            return False


def backend_time(backend: Backend) -> datetime:
    """What time it is by the clock that stamps the backend's objects."""
    key = f"probe/clock-{os.urandom(8).hex()}"
    backend.put_new(key, [b"what time is it?"])
    try:
        return backend.stat(key).modified
    finally:
        backend.delete(key)
