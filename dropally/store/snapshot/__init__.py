"""What was committed: snapshots of sources, restore points of groups, writers at work."""

from dropally.store.snapshot.chain import Chain, Damage
from dropally.store.snapshot.erased import (
    ERASED_PREFIX,
    EXCLUDED_PREFIX,
    ErasedItems,
    Erasures,
    Exclusion,
    OpenErasure,
)
from dropally.store.snapshot.lost import (
    LOST_PREFIX,
    WANTED_PREFIX,
    LostAndWanted,
    LostPack,
    WantedOfSource,
)
from dropally.store.snapshot.point import Point, PointDraft, PointId, open_points
from dropally.store.snapshot.session import Session, SessionRecord, live_sessions, read_session
from dropally.store.snapshot.snapshot import (
    Failure,
    Snapshot,
    SnapshotDraft,
    SnapshotId,
    open_snapshots,
)

__all__ = [
    "ERASED_PREFIX",
    "EXCLUDED_PREFIX",
    "LOST_PREFIX",
    "WANTED_PREFIX",
    "Chain",
    "Damage",
    "ErasedItems",
    "Erasures",
    "Exclusion",
    "Failure",
    "LostAndWanted",
    "LostPack",
    "OpenErasure",
    "Point",
    "PointDraft",
    "PointId",
    "Session",
    "SessionRecord",
    "Snapshot",
    "SnapshotDraft",
    "SnapshotId",
    "WantedOfSource",
    "live_sessions",
    "open_points",
    "open_snapshots",
    "read_session",
]
