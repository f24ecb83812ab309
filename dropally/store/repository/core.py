"""The parts of an open repository, and the questions that need no reader or writer."""

import threading
from collections.abc import Callable, Container, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from dropally.store import tree
from dropally.store.backend import Backend, probe_backend
from dropally.store.errors import AlreadyExistsError, DamagedError, ObjectNotFoundError, StoreError
from dropally.store.index import Adoption, ChunkIndex, adopt_packs, compact_segments
from dropally.store.keys import KdfParameters, Keyring, Secret, add_slot, create_keyring, unlock
from dropally.store.repository.blobs import BlobReader
from dropally.store.repository.config import (
    KEY,
    RepositoryConfig,
    RepositoryOptions,
    read_config,
    write_config,
)
from dropally.store.repository.metadata import MetadataReader
from dropally.store.snapshot import (
    LOST_PREFIX,
    Damage,
    Erasures,
    LostAndWanted,
    Point,
    PointId,
    Snapshot,
    SnapshotId,
    open_points,
    open_snapshots,
)

Clock = Callable[[], datetime]


class RepositoryCore:
    """An open repository. Safe for threads; `close` it when done."""

    def __init__(
        self,
        backend: Backend,
        keyring: Keyring,
        config: RepositoryConfig,
        *,
        cache_dir: Path | None,
        clock: Clock,
    ) -> None:
        self.backend = backend
        self.keyring = keyring
        self.config = config
        self.clock = clock
        path = None if cache_dir is None else cache_dir / f"{config.repository_id}.index"
        self.index = ChunkIndex(backend, keyring, path)
        self.blobs = BlobReader(backend, keyring, self.index.pack)
        self.metadata = MetadataReader(keyring, self.index, self.blobs)
        self.snapshot_chain = open_snapshots(backend, keyring)
        self.point_chain = open_points(backend, keyring)
        self.lost_and_wanted = LostAndWanted(backend, keyring)
        self.erasures = Erasures(backend, keyring)
        self._adoption: Adoption | None = None
        self._adopting = threading.Lock()

    def close(self) -> None:
        """Let go of the local index and the backend."""
        self.index.close()
        self.backend.close()

    def snapshots(
        self, source: str | None = None, *, damage: Damage | None = None
    ) -> Iterator[Snapshot]:
        """All snapshots (of one source), oldest first within a source.

        A snapshot that cannot be read raises `DamagedError`, or is told to `damage` and passed over.
        """
        return self.snapshot_chain.all(source, damage)

    def latest(self, source: str, *, damage: Damage | None = None) -> Snapshot | None:
        """A source's newest snapshot; with `damage`, the newest that can be read."""
        return self.snapshot_chain.latest(source, damage)

    def snapshot(self, snapshot_id: SnapshotId) -> Snapshot:
        """One snapshot. Raises `ObjectNotFoundError`, `DamagedError`."""
        return self.snapshot_chain.read(snapshot_id)

    def points(
        self,
        group: str | None = None,
        *,
        damage: Damage | None = None,
        skip: Container[str] = frozenset(),
    ) -> Iterator[Point]:
        """All restore points (of one group) but those with ids in `skip`, oldest first."""
        return self.point_chain.all(group, damage, skip)

    def latest_point(self, group: str, *, damage: Damage | None = None) -> Point | None:
        """A group's newest restore point; with `damage`, the newest that can be read."""
        return self.point_chain.latest(group, damage)

    def point(self, point_id: PointId) -> Point:
        """One restore point. Raises `ObjectNotFoundError`, `DamagedError`."""
        return self.point_chain.read(point_id)

    def forget_point(self, point_id: PointId) -> None:
        """Delete a restore point; what only it refers to goes when space is freed."""
        self.point_chain.forget(point_id)

    def forget_snapshot(self, snapshot_id: SnapshotId) -> None:
        """Delete a snapshot; the points that name it go before it, or lack its source then."""
        self.snapshot_chain.forget(snapshot_id)

    def point_snapshot(self, point: Point, source: str) -> SnapshotId | None:
        """The snapshot a source had at a point; None when it was not part of it."""
        found = tree.get(self.metadata, point.root, source.encode())
        return None if found is None else SnapshotId(found.decode())

    def point_snapshots(self, point: Point) -> Iterator[tuple[str, SnapshotId]]:
        """Every source of a point and the snapshot it had, sorted by source."""
        for key, value in tree.scan(self.metadata, point.root):
            yield key.decode(), SnapshotId(value.decode())

    def expect_orphans(self) -> None:
        """A writer stopped before its packs were indexed: the next `adopt` looks at the packs."""
        self._adoption = None

    def adopt(self) -> Adoption:
        """Load what is new in the index; at first, and when something is amiss, look at the packs.

        Then many small segments are merged into few.
        """
        with self._adopting:
            self.index.refresh()
            if self._adoption is None or self.index.lost_packs:
                self.index.lost_packs = False
                self._adoption = adopt_packs(self.backend, self.keyring, self.index)
                if next(self.backend.list(LOST_PREFIX), None) is not None:
                    self.index.distrust_records()
                compact_segments(self.index)
            return self._adoption


R = TypeVar("R", bound=RepositoryCore)


def create_core(
    kind: type[R],
    backend: Backend,
    *,
    secrets: Sequence[Secret],
    options: RepositoryOptions,
    cache_dir: Path | None,
    clock: Clock,
    kdf: KdfParameters | None,
) -> R:
    """Make a repository that each of `secrets` opens.

    What the backend can do is tried first. The config is written last: a creation that was cut
    short leaves no repository. Raises `AlreadyExistsError`, `StoreError`, `ValueError`.
    """
    if not secrets:
        raise ValueError("a repository needs at least one secret that opens it")
    options.check()
    _check_vacant(backend)
    _check_capable(backend)
    keyring = create_keyring()
    for secret in secrets:
        add_slot(backend, keyring, secret, kdf=kdf)
    config = write_config(backend, keyring, options, clock())
    return kind(backend, keyring, config, cache_dir=cache_dir, clock=clock)


def open_core(
    kind: type[R],
    backend: Backend,
    secret: Secret | Keyring,
    *,
    cache_dir: Path | None,
    clock: Clock,
) -> R:
    """Open a repository.

    Raises `NotARepositoryError`, `WrongSecretError`, `NewerFormatError`, `DamagedError`.
    """
    stored = read_config(backend)
    repository_id = bytes.fromhex(stored.config.repository_id)
    if isinstance(secret, Keyring):
        keyring = secret
        if keyring.repository_id != repository_id:
            raise DamagedError(f"the keys given belong to another repository than {KEY} names")
    else:
        keyring = unlock(backend, repository_id, secret)
    config = stored.check(keyring)
    core = kind(backend, keyring, config, cache_dir=cache_dir, clock=clock)
    try:
        core.index.refresh()
    except BaseException:
        core.index.close()
        raise
    return core


def _check_capable(backend: Backend) -> None:
    """Raise `StoreError` when the backend would lose data, or could not give it back."""
    capabilities = probe_backend(backend)
    if not (capabilities.create_only and capabilities.ranges and capabilities.lists_at_once):
        raise StoreError(
            " ".join(capabilities.shortcomings()), hint="Choose another place for the repository."
        )


def _check_vacant(backend: Backend) -> None:
    try:
        backend.stat(KEY)
    except ObjectNotFoundError:
        return
    raise AlreadyExistsError(
        f"there is a repository already at {backend.location}",
        hint="Open it, or choose another place.",
    )
