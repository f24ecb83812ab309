"""Objects that nobody may delete before a time: what a bucket with object lock offers.

Beside `Backend`, since few stores have it, and only maintenance needs it. A lock belongs to one
version of an object; deleting an object only hides its versions behind a delete marker.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol

from dropally.store.errors import StoreError

LockMode = Literal["governance", "compliance"]
_WISH = re.compile(r"(governance|compliance)\s+([1-9]\d{0,4})d")
_LONGEST_DAYS = 36_500


@dataclass(frozen=True, slots=True)
class LockWish:
    """What is needed stays locked for `period` from now, whenever that is looked at.

    `governance`: special rights of the provider may lift it; `compliance`: nobody may.
    """

    mode: LockMode
    period: timedelta

    def __str__(self) -> str:
        return f"{self.mode} {self.period.days}d"


@dataclass(frozen=True, slots=True)
class LockRule:
    """What a bucket does by itself: how long each new object is locked; 0 days without a rule."""

    is_enabled: bool
    mode: LockMode | None = None
    days: int = 0


@dataclass(frozen=True, slots=True)
class Lock:
    """Until when one version of an object cannot be deleted."""

    mode: LockMode
    until: datetime


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """One version of an object, or the marker that hides those before it."""

    key: str
    version: str
    modified: datetime
    size_bytes: int
    is_latest: bool
    is_marker: bool


class ObjectLock(Protocol):
    """A bucket's locks and versions. Safe for threads.

    Every method may raise `BackendUnavailableError`, `ReadOnlyError` and `ObjectNotFoundError`.
    `calls` counts the requests made, which providers charge for.
    """

    wish: LockWish | None
    """What was configured for this place; None where nothing is to be locked."""

    @property
    def location(self) -> str:
        """Where this is, without credentials."""
        ...

    @property
    def calls(self) -> int:
        """Requests so far."""
        ...

    def rule(self) -> LockRule:
        """What the bucket does with new objects."""
        ...

    def versions(self, prefix: str) -> Iterator[ObjectVersion]:
        """All versions and markers, by key, and the newest of each key first."""
        ...

    def lock_of(self, key: str, version: str = "") -> Lock | None:
        """The lock of a version ("": of the newest). None without one."""
        ...

    def extend(self, key: str, version: str, lock: Lock) -> None:
        """Lock a version at least so long. A lock is never made shorter or weaker by this."""
        ...

    def remove(self, key: str, version: str) -> None:
        """Delete one version or marker for good. `ReadOnlyError` while it is locked."""
        ...

    def copy_back(self, key: str, version: str) -> None:
        """Make a copy of an old version the newest one; needs no right to delete."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


def parse_lock_wish(text: str) -> LockWish:
    """`"governance 30d"`, `"compliance 90d"`. Raises `StoreError`."""
    found = _WISH.fullmatch(text.strip().lower())
    if found is None or int(found[2]) > _LONGEST_DAYS:
        raise StoreError(
            f"{text[:40]!r} says not how objects are to be locked",
            hint='Write "governance 30d" or "compliance 30d": the mode, and for how many days.',
        )
    mode: LockMode = "governance" if found[1] == "governance" else "compliance"
    return LockWish(mode, timedelta(days=int(found[2])))
