"""What everything in this room works with."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from dropally.auth.context import AuthContext
from dropally.common.clock import Clock
from dropally.dropbox_api import ConnectionSettings
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.protection.plans import SchedulePlan
from dropally.protection.settings import TaskSettings


@dataclass(frozen=True)
class ProtectionPolicy:
    """What `dropally.toml` and the console decide for all tasks.

    `app_key`: of the organisation's own Dropbox app. `grace`: how long what was deleted can be
    had again. `shrink_grace`: how long a retention that was made shorter still keeps what it kept.
    `link_ttl`: how long a link that was begun waits for the admin's answer.
    `fetchers`: parallel downloads of one run. `roster_ttl`: how old a look at the team may be for
    a run that is about a few entities only.
    """

    app_key: str = ""
    new_task: TaskSettings = field(default_factory=TaskSettings)
    new_plan: SchedulePlan = field(default_factory=SchedulePlan)
    grace: timedelta = timedelta(days=7)
    shrink_grace: timedelta = timedelta(days=7)
    link_ttl: timedelta = timedelta(hours=1)
    roster_ttl: timedelta = timedelta(hours=1)
    fetchers: int = 8
    processes: int = 1
    memory_bytes: int = 128 << 20


@dataclass(frozen=True)
class ProtectionContext:
    """The opened parts. Safe for threads. `policy` is asked anew whenever it matters."""

    auth: AuthContext
    runner: JobRunner
    events: EventBus
    storages: Storages
    settings: ConnectionSettings
    clock: Clock
    policy: Callable[[], ProtectionPolicy] = ProtectionPolicy

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.clock.now()

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction on `dropally.db`: kept when the block ends, undone when it raises."""
        with self.auth.write() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A look at `dropally.db` as it is at one moment."""
        with self.auth.read() as connection:
            yield connection
