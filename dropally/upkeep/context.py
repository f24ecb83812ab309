"""What everything in this room works with."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from dropally.auth.context import AuthContext
from dropally.dropbox_api import ConnectionSettings
from dropally.jobs.events import EventBus
from dropally.jobs.runner import JobRunner
from dropally.jobs.storages import Storages
from dropally.store import Secret

NewSecret = Callable[[], AbstractContextManager[tuple[Secret, Path | None]]]


@dataclass(frozen=True)
class ConfigEntry:
    """One setting as it may be shown: secrets are `***`."""

    key: str
    value: str
    origin: str


@dataclass(frozen=True)
class ConnectedTeam:
    """A Dropbox team, as far as health is concerned."""

    name: str
    is_connected: bool
    trouble: str = ""


@dataclass(frozen=True)
class UpkeepSettings:
    """What the configuration says about this room's work."""

    self_backup_keep: int = 14
    verify_all_days: int = 30
    verify_time_s: int = 7200
    drill_files: int = 100
    drill_bytes: int = 1 << 30
    parity: bool = False
    replicas: tuple[tuple[str, str], ...] = ()
    """Which storage is copied to which, by their ids."""
    second_approver: bool = False
    """Another administrator has to approve that the appliance is taken out of service."""


@dataclass(frozen=True, kw_only=True)
class UpkeepContext:
    """The opened parts. Safe for threads.

    `new_secret` gives the appliance's own key for a new repository, and the key file if there is
    one; it is made where there is none. `show_config` is the configuration in force, as it may be
    shown. `settings` is asked each time, since people change it. `tasks_in` tells how many tasks
    keep their backups in a storage, `restart` lets the process begin anew once it has answered.
    """

    auth: AuthContext
    storages: Storages
    runner: JobRunner
    events: EventBus
    data_folder: Path
    key_file: Path
    new_secret: NewSecret = field(repr=False)
    settings: Callable[[], UpkeepSettings] = UpkeepSettings
    show_config: Callable[[], list[ConfigEntry]] = list
    tasks_in: Callable[[str], int] = field(default=lambda _storage_id: 0)
    restart: Callable[[], None] = field(default=lambda: None)
    connection_settings: ConnectionSettings = field(default_factory=ConnectionSettings)
    connections: Callable[[], Sequence[ConnectedTeam]] = tuple
    app_key: Callable[[], str] = str
    certificate_expires: Callable[[], datetime | None] = field(default=lambda: None)
    least_free_bytes: int = 1 << 30

    def now(self) -> datetime:
        """The time, in UTC."""
        return self.auth.now()
