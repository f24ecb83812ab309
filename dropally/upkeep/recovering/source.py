"""Where an appliance is recovered from."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from dropally.common.clock import Clock
from dropally.jobs.storage_definition import StorageDefinition
from dropally.store import DamagedError, Repository, Secret, open_repository
from dropally.store.backend import open_backend
from dropally.upkeep.self_backup.listing import SelfBackup, list_self_backups


@dataclass(frozen=True)
class RecoverySource:
    """The storage, and what opens its repository: a recovery code, as a rule."""

    definition: StorageDefinition
    secret: Secret = field(repr=False)

    @contextmanager
    def open(self, clock: Clock) -> Iterator[Repository]:
        """The opened repository. Raises the store's errors: WrongSecretError, ..."""
        backend = open_backend(self.definition.location, self.definition.options)
        try:
            repository = open_repository(backend, self.secret, clock=clock.now)
        except BaseException:
            backend.close()
            raise
        try:
            yield repository
        finally:
            repository.close()


@dataclass(frozen=True)
class Found:
    """The self-backups there, the newest first, and how many could not be read."""

    self_backups: list[SelfBackup]
    unreadable: int


def look(source: RecoverySource, clock: Clock) -> Found:
    """What could be recovered from there. Raises the store's errors."""
    damaged: list[DamagedError] = []
    with source.open(clock) as repository:
        return Found(list_self_backups(repository, damaged.append), len(damaged))
