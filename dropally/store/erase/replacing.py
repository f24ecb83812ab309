"""Put snapshots without the erased items into the place of those that have them.

First all new trees are made durable. Then, for each snapshot, the points that show it have their
totals set right first, and the snapshot is replaced; each of these is one compare-and-set. So whoever
is stopped begins again, and finds what is left to do: a point that names the erasure has been done.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from dropally.store.entry import path_key
from dropally.store.erase.choosing import Places, Step
from dropally.store.erase.tracing import Sums, Trace, points_with, trace
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import ErasedItems, Point, PointId, Snapshot, SnapshotId
from dropally.store.tree import DELETE_SUBTREE, PageId
from dropally.store.writer import Writer, open_writer

_NAMES = ("files", "folders", "bytes")
_DAMAGED = "damaged/"
_MEMORY = 64 << 20


@dataclass(frozen=True)
class Erased:
    """What was done by this attempt. `set_aside`: damaged packs, kept for people, that went too."""

    snapshots: int
    points: int
    set_aside: int


def erase(
    repository: RepositoryCore,
    source: str,
    places: Places,
    *,
    erasure: str,
    now: datetime,
    scratch: Path,
    step: Step,
) -> Erased:
    """Erase; may be stopped anywhere and run again, with the same places. Raises `StoreError`.

    No backup of the source may run meanwhile.
    """
    items = ErasedItems(erasure=erasure, source=source, at=now)
    repository.erasures.begin(items)
    found = trace(repository, source, places, scratch=scratch, step=step)
    points = _points_by_snapshot(repository, source, found)
    changed = 0
    with open_writer(repository, note="erase", memory_limit=_MEMORY, threads=1) as writer:
        # All trees first: they become durable together, in few packs, before the first replacement.
        roots = {}
        for snapshot_id in found.snapshots:
            roots[snapshot_id] = _root_without(repository, writer, snapshot_id, places)
            step("pages", 1)
        for snapshot_id, sums in found.snapshots.items():
            for point_id in points.get(snapshot_id, ()):
                _adjust_point(repository, point_id, erasure, sums)
                changed += 1
                step("points", 1)
            _replace(writer, snapshot_id, roots[snapshot_id], places, erasure, sums)
            step("replace", 1)
    repository.lost_and_wanted.forget_paths(source, places.covers)
    set_aside = _drop_set_aside(repository)
    repository.erasures.note_replaced(items)
    return Erased(len(found.snapshots), changed, set_aside)


def _root_without(
    repository: RepositoryCore, writer: Writer, snapshot_id: SnapshotId, places: Places
) -> PageId | None:
    """The tree of a snapshot without the items; stored, not yet durable."""
    root = repository.snapshot(snapshot_id).root
    held = places.within(repository, root)
    return writer.apply(root, [(path_key(path), DELETE_SUBTREE) for path, _ in held])


def _replace(
    writer: Writer,
    snapshot_id: SnapshotId,
    root: PageId | None,
    places: Places,
    erasure: str,
    sums: Sums,
) -> None:
    def without(before: Snapshot) -> Snapshot:
        return msgspec.structs.replace(
            before,
            root=root,
            stats=dict(_less(before.stats, sums)),
            failures=[one for one in before.failures if not places.covers(one.path)],
        )

    writer.replace(snapshot_id, erasure, without)


def _points_by_snapshot(
    repository: RepositoryCore, source: str, found: Trace
) -> dict[SnapshotId, list[PointId]]:
    grouped: dict[SnapshotId, list[PointId]] = {}
    for point, snapshot_id in points_with(repository, source, found):
        grouped.setdefault(snapshot_id, []).append(point.id)
    return grouped


def _adjust_point(repository: RepositoryCore, point_id: PointId, erasure: str, sums: Sums) -> None:
    """Set the totals in a point's labels right."""

    def adjusted(before: Point) -> Point:
        counted = {name: int(before.labels[name]) for name in _NAMES if name in before.labels}
        less = {name: str(number) for name, number in _less(counted, sums)}
        return msgspec.structs.replace(before, labels={**before.labels, **less})

    repository.point_chain.replace(point_id, erasure, adjusted)


def _less(counted: Mapping[str, int], sums: Sums) -> Iterator[tuple[str, int]]:
    for name, number in counted.items():
        yield name, max(0, number - getattr(sums, name)) if name in _NAMES else number


def _drop_set_aside(repository: RepositoryCore) -> int:
    """Nobody can tell what is in damaged packs that were kept for people; all that opens moved."""
    keys = [stat.key for stat in repository.backend.list(_DAMAGED)]
    for key in keys:
        repository.backend.delete(key)
    return len(keys)
