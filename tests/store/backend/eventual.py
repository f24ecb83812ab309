"""A bucket's twin whose listings are behind, and whose answers get lost after they took effect.

Objects are seen at once by their keys, as in the stores of today; their names show up in listings,
and leave them, only when `settle` is called.
"""

import itertools
from collections.abc import Iterator

from dropally.store.backend import (
    Backend,
    Fault,
    FaultyBackend,
    MemoryBackend,
    ObjectStat,
    RetryingBackend,
    RetryPolicy,
)
from dropally.store.backend.passing import PassingBackend


class LateListings(PassingBackend):
    """Passes calls on; lists what was there when it settled last."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._listed: list[ObjectStat] = []

    def settle(self) -> None:
        """Time passes: listings show what is there."""
        self._listed = list(self._inner.list(""))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As it was when it settled last; a prefix that is none is refused as ever."""
        next(self._inner.list(prefix), None)
        return (stat for stat in list(self._listed) if stat.key.startswith(prefix))


class EventualTwin(LateListings):
    """Late listings, and of three calls one loses its answer; a client that tries again is in front."""

    def __init__(self) -> None:
        faults = itertools.cycle([None, None, Fault.LOST_ANSWER])
        faulty = FaultyBackend(MemoryBackend(), lambda _call: next(faults))
        # With several threads one of them may meet many faults in a row.
        patient = RetryPolicy(attempts=1000)
        super().__init__(RetryingBackend(faulty, wait=lambda _seconds: False, policy=patient))


class SettledTwin(EventualTwin):
    """The same with somebody in front who waits before each listing, as whoever relies on one must."""

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """After waiting."""
        self.settle()
        return super().list(prefix)
