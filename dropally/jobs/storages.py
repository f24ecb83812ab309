"""The storages of the appliance: each with one repository and one catalog, opened at first use.

Thread-safe. Handlers and jobs ask here instead of opening repositories of their own, so that an
index is loaded once a process.
"""

import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import DatabaseDamagedError, OutOfStepError
from dropally.common.clock import Clock
from dropally.common.errors import DeniedError, DropallyError, NotFoundError, UsageError
from dropally.jobs.handles import RepositoryHandle
from dropally.jobs.storage_access import Room, StorageAccess, StorageHealth
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import Repository, Secret, StoreError
from dropally.store.backend import Backend, ObjectLock, Throttle

CATALOG_FOLDER = "catalog"
OnCatalogTrouble = Callable[[str, Exception], None]


class Storages:
    """All storages by id; the first one is the default unless another is named."""

    def __init__(
        self,
        definitions: Iterable[StorageDefinition],
        *,
        secret: Callable[[], Secret],
        data_dir: Path,
        cache_dir: Path,
        clock: Clock,
        default_id: str = "",
        throttle: Throttle | None = None,
    ) -> None:
        """`secret` opens the repositories; it is asked only when one is opened.

        `throttle` limits what all buckets together are sent and give.

        Raises UsageError for no storage, or one id twice.
        """
        self._secret = secret
        self._data_dir = data_dir
        self._cache_dir = cache_dir
        self._clock = clock
        self._throttle = throttle
        self._lock = threading.Lock()
        self._accesses: dict[str, StorageAccess] = {}
        self.on_catalog_trouble: OnCatalogTrouble | None = None
        """Told of a catalog that only a rebuild can help, besides whoever used it."""
        for definition in definitions:
            if definition.id in self._accesses:
                raise UsageError(f"two storages have the id {definition.id!r}")
            self._accesses[definition.id] = self._access(definition)
        if not self._accesses:
            raise UsageError("there is no storage", hint="add a [[storage]] to dropally.toml")
        self._default_id = next(iter(self._accesses))
        if default_id:
            self.set_default(default_id)

    # -- what there is ---------------------------------------------------------------------

    @property
    def default_id(self) -> str:
        """Where new tasks go unless they name another."""
        return self._default_id

    def set_default(self, storage_id: str) -> None:
        """Make another storage the default. Raises NotFoundError."""
        self._of(storage_id)
        self._default_id = storage_id

    def ids(self) -> tuple[str, ...]:
        """Every storage, in the order in which they were defined."""
        with self._lock:
            return tuple(self._accesses)

    def definition(self, storage_id: str) -> StorageDefinition:
        """What was defined. Raises NotFoundError, naming those there are."""
        return self._of(storage_id).definition

    def label(self, storage_id: str) -> str:
        """The region label; the storage's id where it has none. Raises NotFoundError."""
        return self._of(storage_id).definition.region_label or storage_id

    def put(self, definition: StorageDefinition) -> None:
        """Add a storage, or replace one of the same id: what is open of it is closed after use."""
        with self._lock:
            before = self._accesses.get(definition.id)
            self._accesses[definition.id] = self._access(definition)
        if before is not None:
            before.retire()

    def remove(self, storage_id: str) -> None:
        """Forget a storage; nothing of it is deleted. UsageError for the default one."""
        access = self._of(storage_id)
        if storage_id == self._default_id:
            raise UsageError(
                f"storage {storage_id!r} is the default one",
                hint="make another storage the default first",
            )
        with self._lock:
            self._accesses.pop(storage_id, None)
        access.retire()

    # -- in use ----------------------------------------------------------------------------

    def handle(self, storage_id: str) -> RepositoryHandle:
        """How another process opens the repository. NotFoundError names those there are."""
        return self._of(storage_id).handle()

    @contextmanager
    def repository(self, storage_id: str) -> Iterator[Repository]:
        """The one opened repository of a storage; do not close it. Raises the store's errors."""
        with self._of(storage_id).repository() as repository:
            yield repository

    @contextmanager
    def backend(self, storage_id: str) -> Iterator[Backend]:
        """The bare backend, for what comes before there is a repository."""
        with self._of(storage_id).backend() as backend:
            yield backend

    @contextmanager
    def object_lock(self, storage_id: str) -> Iterator[ObjectLock | None]:
        """The locks of a storage's bucket; None where it is to have none."""
        with self._of(storage_id).object_lock() as locks:
            yield locks

    @contextmanager
    def alone(self, storage_id: str) -> Iterator[Backend]:
        """The bare backend while nobody uses the repository. ConflictError when jobs do."""
        with self._of(storage_id).alone() as backend:
            yield backend

    def catalog(self, storage_id: str) -> DatabaseFile:
        """A storage's catalog. Ask anew for every use: a rebuild puts another in its place.

        Raises NotFoundError, DatabaseFaultError.
        """
        access = self._of(storage_id)
        try:
            return access.catalog()
        except DatabaseDamagedError as error:
            self._tell(storage_id, error)
            raise

    @contextmanager
    def recording(self, storage_id: str) -> Iterator[DatabaseFile]:
        """The catalog, for recording restore points into it: no rebuild replaces it meanwhile.

        A catalog that is out of step or damaged is told to `on_catalog_trouble`, and raises.
        """
        access = self._of(storage_id)
        with access.recording:
            try:
                yield self.catalog(storage_id)
            except (OutOfStepError, DatabaseDamagedError) as error:
                self._tell(storage_id, error)
                raise

    @contextmanager
    def holding_recorders(self, storage_id: str) -> Iterator[None]:
        """Nobody else records into the storage's catalog meanwhile."""
        with self._of(storage_id).recording:
            yield

    def catalog_folder(self, storage_id: str) -> Path:
        """Where a storage's catalog lies."""
        return self._of(storage_id).catalog_folder

    def swap_catalog(self, storage_id: str, exchange: Callable[[Path], None]) -> None:
        """Let `exchange` put another catalog into the folder given; within `holding_recorders`."""
        self._of(storage_id).swap_catalog(exchange)

    def remove_caches(self) -> None:
        """Delete the local copies of all indexes. Whoever used the repositories must have ended."""
        for storage_id in self.ids():
            with suppress(StoreError, DropallyError), self.alone(storage_id):
                pass  # its index is closed now
        shutil.rmtree(self._cache_dir, ignore_errors=True)

    # -- state -----------------------------------------------------------------------------

    def health(self, storage_id: str) -> StorageHealth:
        """Since when a storage is or is not reachable, as its last use told."""
        return self._of(storage_id).health

    def check(self, storage_id: str) -> StorageHealth:
        """Try whether a storage is reachable now."""
        return self._of(storage_id).check()

    def check_within(
        self, storage_id: str, timeout_s: float = 2.0, max_age_s: float = 60.0
    ) -> StorageHealth:
        """The health as of at most `max_age_s` ago; waits no longer than `timeout_s` for it."""
        return self._of(storage_id).check_within(timeout_s, max_age_s)

    @contextmanager
    def opened(self, storage_id: str) -> Iterator[Repository | None]:
        """The repository if it is open already; the storage is not asked for anything."""
        with self._of(storage_id).opened() as repository:
            yield repository

    def room(self, storage_id: str) -> Room | None:
        """Space on a local storage's disk; None for a bucket."""
        return self._of(storage_id).room()

    def free_share(self, storage_id: str) -> float | None:
        """How much of a local storage's disk is free, 0 to 1; None for a bucket."""
        room = self.room(storage_id)
        return room.free_bytes / room.total_bytes if room and room.total_bytes else None

    def check_room(self, storage_id: str) -> None:
        """Raise DeniedError where less is free than min_free says, or backups are held.

        Backups ask; restores do not.
        """
        self._of(storage_id).check_room()

    def held_because(self, storage_id: str) -> DeniedError | None:
        """Why backups are held; None while they are not. Raises NotFoundError."""
        return self._of(storage_id).held_because

    def hold_backups(self, storage_id: str, because: DeniedError | None) -> None:
        """Let no backup begin in a storage until this is called with None. Raises NotFoundError."""
        self._of(storage_id).held_because = because

    def close(self) -> None:
        """Close every repository and catalog. Whoever used them must have ended."""
        with self._lock:
            accesses = list(self._accesses.values())
        for access in accesses:
            access.close()

    def _of(self, storage_id: str) -> StorageAccess:
        with self._lock:
            access = self._accesses.get(storage_id)
            known = ", ".join(self._accesses)
        if access is None:
            raise NotFoundError(f"no storage is called {storage_id!r}", hint=f"there are: {known}")
        return access

    def _access(self, definition: StorageDefinition) -> StorageAccess:
        def handle() -> RepositoryHandle:
            return RepositoryHandle(
                definition.location,
                self._secret(),
                self._cache_dir,
                dict(definition.options),
                self._throttle,
                definition.floor,
            )

        folder = self._data_dir / CATALOG_FOLDER / definition.id
        return StorageAccess(definition, handle, folder, self._clock, self._throttle)

    def _tell(self, storage_id: str, error: Exception) -> None:
        if self.on_catalog_trouble is not None:
            self.on_catalog_trouble(storage_id, error)
