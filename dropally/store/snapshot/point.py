"""Restore points: which snapshot each source of a group had at one moment.

The map is a tree like any other (key: the source's name, value: the snapshot's id), so a point that
changes little writes a page or two.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NewType

import msgspec

from dropally.store.backend import Backend
from dropally.store.content import Content
from dropally.store.keys import Keyring
from dropally.store.snapshot.chain import Chain, Link, Linked
from dropally.store.snapshot.snapshot import SnapshotId
from dropally.store.tree import PageId

PREFIX = "points"

PointId = NewType("PointId", str)


class PointDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller says of a point.

    Without `parent`, `snapshots` is the whole map; with it, what changes (None: the source left).
    """

    group: str
    snapshots: Mapping[str, SnapshotId | None]
    parent: PointId | None = None
    time: datetime | None = None
    about: Content | None = None
    labels: Mapping[str, str] = {}

    def changes(self) -> Iterator[tuple[bytes, bytes | None]]:
        """The map's changes as a tree takes them: sorted by key."""
        keyed = {source.encode(): snapshot for source, snapshot in self.snapshots.items()}
        for key in sorted(keyed):
            snapshot = keyed[key]
            yield key, None if snapshot is None else snapshot.encode()


class Point(Linked, frozen=True, kw_only=True):
    """A committed point. `root` is the tree of source -> snapshot id."""

    id: PointId
    group: str
    root: PageId | None
    parent: PointId | None
    about: Content | None
    labels: dict[str, str]


def open_points(backend: Backend, keyring: Keyring) -> Chain[Point]:
    """The restore points of a repository."""
    return Chain(backend, keyring, PREFIX, "point", Point)


def build_point(draft: PointDraft, root: PageId | None, link: Link) -> Point:
    """The point that a draft becomes at its place in the chain."""
    return Point(
        id=PointId(link.id),
        time=link.time,
        sequence=link.sequence,
        previous=link.previous,
        group=draft.group,
        root=root,
        parent=draft.parent,
        about=draft.about,
        labels=dict(draft.labels),
    )
