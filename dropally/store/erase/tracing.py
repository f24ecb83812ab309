"""What there is of items in all snapshots of a source: the figures somebody is shown before."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import msgspec

from dropally.store import tree
from dropally.store.content import Content
from dropally.store.entry import Entry, decode_entry, path_key
from dropally.store.erase.choosing import Places, Step
from dropally.store.prune.marks import Seen
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import Point, Snapshot, SnapshotId
from dropally.store.tree import PageId


@dataclass(frozen=True)
class Sums:
    """How many files and folders, and the bytes of the files."""

    files: int = 0
    folders: int = 0
    bytes: int = 0


@dataclass
class Trace:
    """What would be erased. `versions` are different states of files, `bytes` all of theirs."""

    snapshots: dict[SnapshotId, Sums] = field(default_factory=dict)
    """Those that have any of it, and how much."""
    points: list[datetime] = field(default_factory=list)
    """The times of the restore points that show any of it."""
    files: int = 0
    versions: int = 0
    bytes: int = 0
    oldest: datetime | None = None
    newest: datetime | None = None
    is_in_newest: bool = False
    """The newest snapshot has it: it is in the source still, as far as is known."""


def trace(
    repository: RepositoryCore, source: str, places: Places, *, scratch: Path, step: Step
) -> Trace:
    """Look through all snapshots; nothing is changed. Raises `DamagedError`."""
    found = Trace()
    paths, versions = Seen(scratch / "paths.db"), Seen(scratch / "versions.db")
    try:
        for snapshot in repository.snapshots(source):
            step("snapshots", 1)
            held = list(places.within(repository, snapshot.root))
            found.is_in_newest = bool(held)
            if not held and not any(places.covers(one.path) for one in snapshot.failures):
                continue
            found.snapshots[snapshot.id] = sums_of(repository, snapshot, held)
            found.oldest = found.oldest or snapshot.time
            found.newest = snapshot.time
            for path, entry in below(repository, snapshot.root, held):
                if entry.kind == "folder":
                    continue
                found.files += paths.is_new(path_key(path))
                state = msgspec.msgpack.encode((path, entry.rev, entry.content))
                if versions.is_new(state):
                    found.versions += 1
                    found.bytes += entry.size_bytes
    finally:
        paths.close()
        versions.close()
    found.points = [point.time for point, _ in points_with(repository, source, found)]
    return found


def points_with(
    repository: RepositoryCore, source: str, found: Trace
) -> Iterator[tuple[Point, SnapshotId]]:
    """Each restore point that shows any of it, and the snapshot by which it does."""
    for point in repository.points():
        snapshot_id = repository.point_snapshot(point, source)
        if snapshot_id is not None and snapshot_id in found.snapshots:
            yield point, snapshot_id


def below(
    repository: RepositoryCore, root: PageId | None, held: list[tuple[str, Entry]]
) -> Iterator[tuple[str, Entry]]:
    """The items and all below them, as one tree has them."""
    for path, entry in held:
        yield path, entry
        if entry.kind == "folder":
            start, end = path_key(f"{path}/"), path_key(f"{path}0")
            for key, value in tree.scan(repository.metadata, root, start, end):
                yield key.decode(), decode_entry(value)


def sums_of(repository: RepositoryCore, snapshot: Snapshot, held: list[tuple[str, Entry]]) -> Sums:
    """What one snapshot loses, as its statistics count it."""
    files = folders = size_bytes = 0
    for _, entry in below(repository, snapshot.root, held):
        if entry.kind == "folder":
            folders += 1
        else:
            files += 1
            size_bytes += entry.size_bytes
    return Sums(files, folders, size_bytes)


def contents_of(entry: Entry) -> Iterator[Content]:
    """Everything that an entry's bytes are stored as."""
    if entry.content is not None:
        yield entry.content
    if entry.export is not None:
        yield from entry.export.formats.values()
