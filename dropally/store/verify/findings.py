"""What a look at a repository finds: plain values."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum

MOST_ITEMS = 10_000
"""So many damaged files are named; the others are counted."""
MISSING = "it is missing"


class Level(IntEnum):
    """How closely packs are looked at. Each level includes those before it."""

    NAMES = 1
    """Names and sizes on the backend against the index: one listing."""
    HASHES = 2
    """The SHA-256 of each pack's bytes against its name; needs no key."""
    CHUNKS = 3
    """Decrypt, decompress, and compute each chunk's id anew."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One damaged or missing object: its key on the backend, and what is wrong with it."""

    key: str
    why: str


@dataclass(frozen=True, slots=True)
class PackDamage:
    """A pack that is not what it must be. `positions`: the blobs concerned, None for all."""

    name: bytes
    why: str
    positions: frozenset[int] | None = None

    @property
    def is_missing(self) -> bool:
        """Whether there is no such pack, which may be on purpose."""
        return self.why == MISSING


@dataclass(frozen=True, slots=True)
class DamagedItem:
    """An item of a snapshot that cannot be read whole.

    `is_current`: it is in the newest snapshot of its source, so that the source may still have it.
    `path` is as the source keys it; "" when the snapshot as a whole cannot be read. `last_path` is
    set where a tree page is lost: everything after `path` up to it is concerned.
    """

    source: str
    snapshot: str
    path: str
    why: str
    is_current: bool = True
    last_path: str = ""


@dataclass
class VerifyReport:
    """What one run looked at and found. Bytes are those of packs."""

    level: Level
    packs: int = 0
    size_bytes: int = 0
    checked_packs: int = 0
    checked_bytes: int = 0
    checked_objects: int = 0
    checked_snapshots: int = 0
    is_complete: bool = True
    """False when a budget ended before everything due was looked at."""
    unindexed_packs: int = 0
    findings: list[Finding] = field(default_factory=list)
    items: list[DamagedItem] = field(default_factory=list)
    item_count: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing was found."""
        return not self.findings and not self.item_count

    def add_item(self, item: DamagedItem) -> None:
        """Count an item, and name it while there are not too many."""
        self.item_count += 1
        if len(self.items) < MOST_ITEMS:
            self.items.append(item)


@dataclass(frozen=True, slots=True)
class VerifiedShare:
    """How much of a repository was found good, and when.

    `hashed_*`: levels 2 and 3; `opened_*`: level 3. `oldest`: when the pack that waits longest was
    last looked at; None while one was never looked at.
    """

    packs: int
    size_bytes: int
    hashed_packs: int
    hashed_bytes: int
    opened_packs: int
    opened_bytes: int
    damaged: tuple[Finding, ...]
    oldest: datetime | None
