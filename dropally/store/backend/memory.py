"""A backend in memory: for tests, and the plainest statement of what a backend does."""

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from dropally.store.backend.contract import (
    BytesLike,
    ObjectStat,
    Version,
    check_key,
    check_prefix,
    version_of,
)
from dropally.store.backend.ranges import resolve_range
from dropally.store.errors import AlreadyExistsError, ConflictError, ObjectNotFoundError


@dataclass(frozen=True, slots=True)
class _Stored:
    data: bytes
    modified: datetime


class MemoryBackend:
    """Objects in a dictionary. Without a `clock`, its time starts in 2000 and ticks at writes."""

    def __init__(self, clock: Callable[[], datetime] | None = None) -> None:
        self.location = "memory:"
        self._objects: dict[str, _Stored] = {}
        self._lock = threading.Lock()
        self._clock = clock or self._tick
        self._now = datetime(2000, 1, 1, tzinfo=UTC)

    def _tick(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """Store the parts under a free key."""
        check_key(key)
        data = b"".join(parts)
        with self._lock:
            if key in self._objects:
                raise AlreadyExistsError(f"{key} exists already in {self.location}")
            self._objects[key] = _Stored(data, self._clock())

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A copy of a byte range."""
        data = self._find(key).data
        start, end = resolve_range(key, len(data), offset, length)
        return data[start:end]

    def stat(self, key: str) -> ObjectStat:
        """Size and time of one object."""
        stored = self._find(key)
        return ObjectStat(key, len(stored.data), stored.modified)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Objects under a prefix, as they were when the listing began."""
        check_prefix(prefix)
        with self._lock:
            found = [(k, s) for k, s in self._objects.items() if k.startswith(prefix)]
        for key, stored in sorted(found, key=lambda item: item[0]):
            yield ObjectStat(key, len(stored.data), stored.modified)

    def delete(self, key: str) -> None:
        """Remove an object if it is there."""
        check_key(key)
        with self._lock:
            self._objects.pop(key, None)

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """Bytes and the version token for `swap`."""
        data = self._find(key).data
        return data, version_of(data)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """Compare-and-set."""
        check_key(key)
        with self._lock:
            stored = self._objects.get(key)
            if expected != (None if stored is None else version_of(stored.data)):
                raise ConflictError(f"{key} was changed by somebody else")
            self._objects[key] = _Stored(bytes(data), self._clock())
        return version_of(data)

    def close(self) -> None:
        """Nothing to let go of."""

    def _find(self, key: str) -> _Stored:
        check_key(key)
        with self._lock:
            stored = self._objects.get(key)
        if stored is None:
            raise ObjectNotFoundError(f"{key} is not in {self.location}")
        return stored
