"""The settings while Dropally runs: read by every room, changed in the console, read anew on SIGHUP."""

import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dropally.auth.sealing import Sealer
from dropally.catalog.database_file import DatabaseFile
from dropally.config.composing import Effective, compose
from dropally.config.configuration import Config
from dropally.config.given import Origin
from dropally.config.loading import LoadedConfig
from dropally.config.stored import read_stored


@dataclass(frozen=True)
class SettingsChanged:
    """What subscribers are told: the keys that have another value now, and all values."""

    keys: frozenset[str]
    config: Config


Subscriber = Callable[[SettingsChanged], None]


class LiveSettings:
    """What counts now: file and environment over the console's values over the defaults.

    Safe for threads. Raises UsageError from the constructor if what is given is wrong.
    """

    def __init__(self, loaded: LoadedConfig, database: DatabaseFile, sealer: Sealer) -> None:
        self.database = database
        self.sealer = sealer
        self.changing = threading.Lock()
        self._loaded = loaded
        self._subscribers: list[Subscriber] = []
        self._effective = self._composed(loaded)
        self._at_start = {entry.key: entry.value for entry in self._effective.entries()}

    def get(self) -> Config:
        """The settings now. Ask anew for each piece of work, and do not mix two answers."""
        return self._effective.config

    @property
    def loaded(self) -> LoadedConfig:
        """What file and environment say."""
        return self._loaded

    @property
    def effective(self) -> Effective:
        """The settings now, with the origin of each."""
        return self._effective

    def locked(self, key: str) -> Origin | None:
        """Where a key was set, if the console can therefore not change it."""
        return self._loaded.given.origins.get(key)

    def waits_for_restart(self, key: str, value: Any) -> bool:
        """True if this value of the key differs from the one that Dropally started with."""
        return key in self._at_start and self._at_start[key] != value

    # -- what `auth` asks for --------------------------------------------------------------

    @property
    def pinned_policy(self) -> Mapping[str, object]:
        """A view of the rules for people that file and environment decide, for `open_auth`."""
        return _Pinned(self)

    def base_url(self) -> str:
        """Where people reach the console: as configured, else by this machine's name."""
        server = self.get().server
        if server.base_url:
            return server.base_url
        ports = [address.port for address in server.listen if not address.path]
        scheme = "http" if server.tls == "off" else "https"
        return f"{scheme}://{socket.gethostname()}:{ports[0] if ports else 8480}"

    def sends_mail(self) -> bool:
        """True if there is a mail server to send by."""
        return bool(self.get().notify.smtp.host)

    # -- changes ---------------------------------------------------------------------------

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Be told after each change, in the thread that made it. What is returned ends that."""
        self._subscribers.append(subscriber)
        return lambda: self._subscribers.remove(subscriber)

    def reload(self, loaded: LoadedConfig) -> SettingsChanged:
        """Take what file and environment say now (SIGHUP); subscribers are told.

        Raises UsageError if it does not fit; the settings stay as they were then.
        """
        with self.changing:
            after = self._composed(loaded)
            self._loaded = loaded
            return self.take(after)

    def take(self, after: Effective) -> SettingsChanged:
        """Let other settings count, and tell. The caller holds `changing`."""
        before = {entry.key: entry.value for entry in self._effective.entries()}
        self._effective = after
        keys = frozenset(
            entry.key for entry in after.entries() if before.get(entry.key) != entry.value
        )
        changed = SettingsChanged(keys, after.config)
        if keys:
            for subscriber in list(self._subscribers):
                subscriber(changed)
        return changed

    def _composed(self, loaded: LoadedConfig) -> Effective:
        with self.database.read() as connection:
            return compose(loaded, read_stored(connection, self.sealer))


class _Pinned(Mapping[str, object]):
    """Follows a reload."""

    def __init__(self, live: LiveSettings) -> None:
        self._live = live

    def __getitem__(self, key: str) -> object:
        return self._live.loaded.pinned_policy[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._live.loaded.pinned_policy)

    def __len__(self) -> int:
        return len(self._live.loaded.pinned_policy)
