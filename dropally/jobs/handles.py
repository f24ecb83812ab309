"""How a work unit reaches the repository and the team: plain data that any process can open."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from dropally.common.clock import Clock
from dropally.dropbox_api import (
    CallWatch,
    ConnectionSettings,
    Credentials,
    PaceAddress,
    TeamConnection,
    UploadMeter,
    open_team,
    sharing_pace,
)
from dropally.store import Repository, Secret, open_repository
from dropally.store.backend import Floor, Throttle, open_backend


@dataclass(frozen=True)
class RepositoryHandle:
    """Where the repository lies and what opens it. `options` holds a bucket's secrets.

    `throttle` limits what a bucket is sent; in another process it counts for that process.
    `floor`: what is to stay free on the disk of a folder; nothing more is stored below it.
    """

    location: str
    secret: Secret = field(repr=False)
    cache_dir: Path
    options: dict[str, str] = field(default_factory=dict, repr=False)
    throttle: Throttle | None = field(default=None, repr=False, compare=False)
    floor: Floor | None = None

    @contextmanager
    def open(self, clock: Clock) -> Iterator[Repository]:
        """The opened repository. Raises the store's errors: wrong secret, not a repository, ..."""
        backend = open_backend(
            self.location, self.options, throttle=self.throttle, floor=self.floor
        )
        try:
            repository = open_repository(
                backend, self.secret, cache_dir=self.cache_dir, clock=clock.now
            )
        except BaseException:
            backend.close()
            raise
        try:
            yield repository
        finally:
            repository.close()


@dataclass(frozen=True)
class TeamHandle:
    """The link to one Dropbox team.

    `uploads` counts the month's upload calls beyond the life of this process. A handle with one
    stays in this process; work that goes to another one uploads nothing.
    """

    credentials: Credentials
    settings: ConnectionSettings
    uploads: UploadMeter | None = field(default=None, repr=False, compare=False)
    pace: PaceAddress | None = field(default=None, repr=False, compare=False)

    @contextmanager
    def for_processes(self, clock: Clock) -> Iterator["TeamHandle"]:
        """The same for other processes, which keep the pace that this one keeps."""
        with sharing_pace(self.credentials, self.settings, clock=clock) as pace:
            yield replace(self, uploads=None, pace=pace)

    def open(
        self,
        clock: Clock,
        cancelled: threading.Event,
        on_credentials: Callable[[Credentials], None] | None = None,
        watch: CallWatch | None = None,
    ) -> TeamConnection:
        """A connection; the caller closes it.

        `on_credentials` is told of renewed tokens, `watch` (a job's context) of every call.
        """
        return open_team(
            self.credentials,
            self.settings,
            clock=clock,
            on_credentials=on_credentials,
            cancelled=cancelled,
            uploads=self.uploads,
            watch=watch,
            pace=self.pace,
        )
