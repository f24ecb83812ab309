"""Snapshots: the immutable state of one source at one time."""

from datetime import datetime
from typing import NewType

import msgspec

from dropally.store.backend import Backend
from dropally.store.keys import Keyring
from dropally.store.snapshot.chain import Chain, Link, Linked
from dropally.store.tree import PageId

PREFIX = "snapshots"

SnapshotId = NewType("SnapshotId", str)


class Failure(msgspec.Struct, frozen=True):
    """An item that could not be stored: where, a short word for why, and the details."""

    path: str
    reason: str
    detail: str = ""


class SnapshotDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What the caller says of a snapshot; all strings are opaque to the store."""

    source: str
    root: PageId | None
    cursor: str = ""
    parent: SnapshotId | None = None
    stats: dict[str, int] = {}
    failures: list[Failure] = []
    labels: dict[str, str] = {}
    time: datetime | None = None
    """When the state was true; the repository's clock when None."""


class Snapshot(Linked, frozen=True, kw_only=True):
    """A committed snapshot. `sequence` counts from 1 within its source; `time` is in UTC."""

    id: SnapshotId
    source: str
    root: PageId | None
    cursor: str
    parent: SnapshotId | None
    stats: dict[str, int]
    failures: list[Failure]
    labels: dict[str, str]


def open_snapshots(backend: Backend, keyring: Keyring) -> Chain[Snapshot]:
    """The snapshots of a repository."""
    return Chain(backend, keyring, PREFIX, "snapshot", Snapshot)


def build_snapshot(draft: SnapshotDraft, link: Link) -> Snapshot:
    """The snapshot that a draft becomes at its place in the chain."""
    return Snapshot(
        id=SnapshotId(link.id),
        time=link.time,
        sequence=link.sequence,
        previous=link.previous,
        source=draft.source,
        root=draft.root,
        cursor=draft.cursor,
        parent=draft.parent,
        stats=draft.stats,
        failures=draft.failures,
        labels=draft.labels,
    )
