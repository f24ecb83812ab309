"""One storage in use: its repository and its catalog, each opened once and shared."""

import math
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.history import open_history
from dropally.common.clock import Clock
from dropally.common.errors import ConflictError, DeniedError, DropallyError, TryLaterError
from dropally.jobs.handles import RepositoryHandle
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import (
    BackendUnavailableError,
    NotARepositoryError,
    ObjectNotFoundError,
    Repository,
    StoreError,
    open_repository,
)
from dropally.store.backend import Backend, ObjectLock, Throttle, open_backend, open_object_lock
from dropally.store.repository.config import KEY as CONFIG_KEY

_LAST_CHECK_S = 2.0
_ALONE_TRIES = 50
_ALONE_STEP_S = 0.1
_RETIRED_FOR_S = 600.0
"""A catalog that was swapped is closed so much later: whoever still reads it has long ended."""


@dataclass(frozen=True)
class StorageHealth:
    """What is known of a storage's reach. `since` is None until it was used or checked once."""

    is_reachable: bool | None = None
    since: datetime | None = None
    trouble: str = ""


@dataclass(frozen=True)
class Room:
    """Space on the disk of a local storage."""

    free_bytes: int
    total_bytes: int


class StorageAccess:
    """Opens at first use. Safe for threads."""

    def __init__(
        self,
        definition: StorageDefinition,
        handle: Callable[[], RepositoryHandle],
        catalog_folder: Path,
        clock: Clock,
        throttle: Throttle | None = None,
    ) -> None:
        self.definition = definition
        self.handle = handle
        self.catalog_folder = catalog_folder
        self.held_because: DeniedError | None = None
        """Why no backup may begin just now, besides a lack of space."""
        self.recording = threading.RLock()
        """Held by whoever writes to the catalog for longer than one transaction."""
        self._clock = clock
        self._throttle = throttle
        self._opening = threading.Lock()
        self._repository: Repository | None = None
        self._users = 0
        self._is_leaving = False
        self._ended = threading.Event()
        """Ends waits between attempts to reach a storage."""
        self._catalog: DatabaseFile | None = None
        self._catalog_opening = threading.Lock()
        self._retired: list[tuple[float, DatabaseFile]] = []
        self._health = StorageHealth()
        self._checking = threading.Lock()
        self._checked_s = -math.inf
        self._check_done = threading.Event()
        self._check_done.set()

    # -- repository ------------------------------------------------------------------------

    @contextmanager
    def repository(self) -> Iterator[Repository]:
        """The shared repository. Raises the store's errors."""
        try:
            repository = self._enter()
        except StoreError as error:
            self._note(error)
            raise
        try:
            yield repository
            self._note(None)
        except StoreError as error:
            if isinstance(error, BackendUnavailableError):
                self._note(error)
            raise
        finally:
            self._leave()

    @contextmanager
    def opened(self) -> Iterator[Repository | None]:
        """The shared repository if it is open already; asks nothing of the storage."""
        if not self._opening.acquire(timeout=0.2):  # being opened just now, perhaps for long
            yield None
            return
        try:
            repository = self._repository
            self._users += 1
        finally:
            self._opening.release()
        try:
            yield repository
        finally:
            self._leave()

    def check(self) -> StorageHealth:
        """Ask the storage for a small object, and say what is known since."""
        try:
            with self.repository() as repository:
                repository.backend.stat(CONFIG_KEY)
        except (StoreError, DropallyError) as error:
            if not self._ended.is_set():
                self._note(error)
        return self._health

    def check_within(self, timeout_s: float, max_age_s: float) -> StorageHealth:
        """What is known, from a check no older than `max_age_s`; waits for one at most so long.

        A storage that does not answer in time is checked on in the background.
        """
        with self._checking:
            age_s = self._clock.monotonic() - self._checked_s
            if age_s >= max_age_s and self._check_done.is_set():
                self._check_done.clear()
                threading.Thread(
                    target=self._check_behind, name=f"check {self.definition.id}", daemon=True
                ).start()
        self._check_done.wait(timeout_s)
        return self._health

    def _check_behind(self) -> None:
        try:
            self.check()
        finally:
            self._checked_s = self._clock.monotonic()
            self._check_done.set()

    @property
    def health(self) -> StorageHealth:
        """What the last use told."""
        return self._health

    @contextmanager
    def backend(self) -> Iterator[Backend]:
        """The bare backend, for what comes before there is a repository."""
        backend = open_backend(
            self.definition.location,
            self.definition.options,
            wait=self._ended.wait,
            throttle=self._throttle,
        )
        try:
            yield backend
        finally:
            backend.close()

    @contextmanager
    def object_lock(self) -> Iterator[ObjectLock | None]:
        """The locks of the bucket; None where the storage is to have none."""
        if not self.definition.options.get("object_lock"):
            yield None
            return
        locks = open_object_lock(
            self.definition.location,
            self.definition.options,
            now=self._clock.now,
            wait=self._ended.wait,
        )
        try:
            yield locks
        finally:
            locks.close()

    @contextmanager
    def alone(self) -> Iterator[Backend]:
        """The bare backend while nobody here uses the repository, which is opened anew afterwards.

        Waits some seconds for short uses. Raises ConflictError when a job uses it.
        """
        for _ in range(_ALONE_TRIES):
            with self._opening:
                if not self._users:
                    self._close_repository()
                    with self.backend() as backend:
                        yield backend
                    self._checked_s = -math.inf  # the next look at it opens the repository
                    return
            if self._ended.wait(_ALONE_STEP_S):
                break
        raise ConflictError(
            "storage_in_use",
            f"jobs are using storage {self.definition.id} just now",
            hint="try again when they have ended, or pause the tasks that back up into it",
        )

    def _enter(self) -> Repository:
        with self._opening:
            if self._ended.is_set():
                raise TryLaterError(f"storage {self.definition.id} is being closed")
            if self._repository is None:
                self._repository = self._open()
            self._users += 1
            return self._repository

    def _open(self) -> Repository:
        try:
            handle = self.handle()
        except DropallyError:
            self._require_repository()  # where there is none yet, that is what people must know
            raise
        backend = open_backend(
            handle.location, handle.options, wait=self._ended.wait, throttle=self._throttle
        )
        try:
            return open_repository(
                backend, handle.secret, cache_dir=handle.cache_dir, clock=self._clock.now
            )
        except BaseException:
            backend.close()
            raise

    def _require_repository(self) -> None:
        with self.backend() as backend:
            try:
                backend.stat(CONFIG_KEY)
            except ObjectNotFoundError as error:
                raise NotARepositoryError(
                    f"there is no repository in {self.definition.location} yet",
                    hint="make it in the console, or by `dropally init`",
                ) from error

    def _leave(self) -> None:
        with self._opening:
            self._users -= 1
            if self._is_leaving and not self._users:
                self._close_repository()

    def _close_repository(self) -> None:
        if self._repository is not None:
            self._repository.close()
            self._repository = None

    def _note(self, error: Exception | None) -> None:
        is_reachable = error is None
        trouble = str(error) if error else ""
        known = self._health
        since = known.since if known.is_reachable == is_reachable else self._clock.now()
        self._health = StorageHealth(is_reachable, since, trouble)

    # -- space -----------------------------------------------------------------------------

    def room(self) -> Room | None:
        """Space on a local storage's disk; None for a bucket, or where the disk does not answer."""
        folder = self.definition.folder
        if folder is None:
            return None
        for place in (folder, *folder.parents):  # before the first object the folder is not there
            with suppress(OSError):
                usage = shutil.disk_usage(place)
                return Room(usage.free, usage.total)
        return None

    def check_room(self) -> None:
        """Raise DeniedError where less is free than is to be kept free, or backups are held."""
        if self.held_because is not None:
            raise DeniedError(str(self.held_because), hint=self.held_because.hint)
        room = self.room()
        if room is None:
            return
        wanted = self.definition
        needed = wanted.floor.needed(room.total_bytes)
        if room.free_bytes < needed:
            raise DeniedError(
                f"storage {wanted.id!r} has {room.free_bytes >> 20} MiB free, and is to keep"
                f" {needed >> 20} MiB free",
                hint="free some space or lower min_free; restores go on meanwhile",
            )

    # -- catalog ---------------------------------------------------------------------------

    def catalog(self) -> DatabaseFile:
        """The storage's catalog. Raises DatabaseFaultError."""
        with self._catalog_opening:
            self._close_retired(_RETIRED_FOR_S)
            if self._catalog is None:
                self._catalog = open_history(self.catalog_folder)
            return self._catalog

    def swap_catalog(self, exchange: Callable[[Path], None]) -> None:
        """Let `exchange` put another catalog in the folder's place, and use that from then on.

        Whoever reads the old one meanwhile reads it to the end. The caller holds `recording`.
        """
        with self._catalog_opening:
            if self._catalog is not None:
                self._retired.append((self._clock.monotonic(), self._catalog))
                self._catalog = None
            exchange(self.catalog_folder)

    def _close_retired(self, older_than_s: float) -> None:
        now = self._clock.monotonic()
        due = [pair for pair in self._retired if now - pair[0] >= older_than_s]
        for pair in due:
            pair[1].close()
            self._retired.remove(pair)

    # -- end -------------------------------------------------------------------------------

    def retire(self) -> None:
        """Close when the last user of the repository has left: the storage is no longer defined."""
        with self._opening:
            self._is_leaving = True
            if not self._users:
                self._close_repository()
        self._close_catalogs()

    def close(self) -> None:
        """Close everything now. Whoever used it must have ended."""
        self._ended.set()
        # A storage that swallows what it is sent holds this up no longer; the process ends anyway.
        if self._opening.acquire(timeout=_LAST_CHECK_S):
            try:
                self._close_repository()
            finally:
                self._opening.release()
        self._close_catalogs()

    def _close_catalogs(self) -> None:
        with self._catalog_opening:
            self._close_retired(0.0)
            if self._catalog is not None:
                self._catalog.close()
                self._catalog = None
