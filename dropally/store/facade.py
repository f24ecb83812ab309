"""Open a repository and get its readers and writers: the front door of the store."""

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from dropally.store.backend import Backend
from dropally.store.keys import KdfParameters, Keyring, Secret
from dropally.store.reader import Reader
from dropally.store.repository import RepositoryCore, RepositoryOptions, create_core, open_core
from dropally.store.writer import Writer, open_writer

MEMORY_LIMIT = 128 * 1024 * 1024
THREADS = 2


class Repository(RepositoryCore):
    """An open repository with its readers and writers. Safe for threads."""

    def writer(
        self, *, note: str, memory_limit: int = MEMORY_LIMIT, threads: int = THREADS
    ) -> Writer:
        """A writer, for a `with` statement; `note` says in its session who is at work."""
        return open_writer(self, note=note, memory_limit=memory_limit, threads=threads)

    def reader(self, *, memory_limit: int = MEMORY_LIMIT, threads: int = THREADS) -> Reader:
        """A reader, for a `with` statement."""
        return Reader(self, memory_limit=memory_limit, threads=threads)


def create_repository(
    backend: Backend,
    *,
    secrets: Sequence[Secret],
    options: RepositoryOptions | None = None,
    cache_dir: Path | None = None,
    clock: Callable[[], datetime],
    kdf: KdfParameters | None = None,
) -> Repository:
    """Make a repository that each of `secrets` opens, and open it.

    `cache_dir` None keeps the local index in a temporary file. Raises `AlreadyExistsError` when
    there is one already, and what the backend raises.
    """
    return create_core(
        Repository,
        backend,
        secrets=secrets,
        options=options or RepositoryOptions(),
        cache_dir=cache_dir,
        clock=clock,
        kdf=kdf,
    )


def open_repository(
    backend: Backend,
    secret: Secret | Keyring,
    *,
    cache_dir: Path | None = None,
    clock: Callable[[], datetime],
) -> Repository:
    """Open a repository.

    Raises `NotARepositoryError`, `WrongSecretError`, `NewerFormatError`, `DamagedError`.
    """
    return open_core(Repository, backend, secret, cache_dir=cache_dir, clock=clock)
