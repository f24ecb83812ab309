"""A bucket's twin whose listings are behind, and whose answers get lost after they took effect.

Objects are seen at once by their keys, as in the stores of today; their names show up in listings,
and leave them, only when `settle` is called.
"""

import itertools
from collections.abc import Iterator, Sequence

from dropally.store.backend import (
    Backend,
    BytesLike,
    Fault,
    FaultyBackend,
    MemoryBackend,
    ObjectStat,
    RetryingBackend,
    Version,
)


class LateListings:
    """Passes calls on; lists what was there when it settled last."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner
        self._listed: list[ObjectStat] = []

    @property
    def location(self) -> str:
        """Where `inner` is."""
        return self._inner.location

    def settle(self) -> None:
        """Time passes: listings show what is there."""
        self._listed = list(self._inner.list(""))

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._inner.put_new(key, parts)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        return self._inner.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        return self._inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As it was when it settled last; a prefix that is none is refused as ever."""
        next(self._inner.list(prefix), None)
        return (stat for stat in list(self._listed) if stat.key.startswith(prefix))

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._inner.delete(key)

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        return self._inner.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        return self._inner.swap(key, data, expected)

    def close(self) -> None:
        """Close `inner`."""
        self._inner.close()


class EventualTwin(LateListings):
    """Late listings, and of three calls one loses its answer; a client that tries again is in front."""

    def __init__(self) -> None:
        faults = itertools.cycle([None, None, Fault.LOST_ANSWER])
        faulty = FaultyBackend(MemoryBackend(), lambda _call: next(faults))
        super().__init__(RetryingBackend(faulty, wait=lambda _seconds: False))


class SettledTwin(EventualTwin):
    """The same with somebody in front who waits before each listing, as whoever relies on one must."""

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """After waiting."""
        self.settle()
        return super().list(prefix)
