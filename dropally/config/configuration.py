"""All tables together, and the keys by their full names."""

import typing
from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Any

from dropally.common.errors import NotFoundError
from dropally.config.policies import Defaults, Notify, Recovery, Safety, Schedule, Security
from dropally.config.settings import Rule, fixed, key_name, rule_of
from dropally.config.tables import (
    DropboxSettings,
    Encryption,
    Limits,
    Locale,
    Log,
    Metrics,
    Paths,
    Server,
    Storage,
    Support,
)

CONFIG_VERSION = 1
HIDDEN = "***"
_FIXED_TABLES = ("paths", "storage")


@dataclass(frozen=True)
class Config:
    """Everything in `dropally.toml`, checked."""

    config_version: int = fixed(CONFIG_VERSION)
    server: Server = field(default_factory=Server)
    paths: Paths = field(default_factory=Paths)
    log: Log = field(default_factory=Log)
    locale: Locale = field(default_factory=Locale)
    dropbox: DropboxSettings = field(default_factory=DropboxSettings)
    storage: tuple[Storage, ...] = (Storage(),)
    encryption: Encryption = field(default_factory=Encryption)
    defaults: Defaults = field(default_factory=Defaults)
    safety: Safety = field(default_factory=Safety)
    schedule: Schedule = field(default_factory=Schedule)
    limits: Limits = field(default_factory=Limits)
    recovery: Recovery = field(default_factory=Recovery)
    security: Security = field(default_factory=Security)
    notify: Notify = field(default_factory=Notify)
    metrics: Metrics = field(default_factory=Metrics)
    support: Support = field(default_factory=Support)

    def storage_named(self, name: str) -> Storage:
        """The storage with this id; the first one for "". NotFoundError names those there are."""
        if not name:
            return self.storage[0]
        for storage in self.storage:
            if storage.id == name:
                return storage
        known = ", ".join(storage.id for storage in self.storage)
        raise NotFoundError(f"no storage is called {name!r}", hint=f"dropally.toml has: {known}")


@dataclass(frozen=True)
class Entry:
    """One key with its value: `key` is its full name such as `storage.main.path`."""

    key: str
    value: Any = field(repr=False)
    rule: Rule

    @property
    def is_fixed(self) -> bool:
        """True if only file and environment decide it."""
        return self.rule.is_fixed or self.key.partition(".")[0] in _FIXED_TABLES

    @property
    def shown(self) -> Any:
        """The value as the file would write it; a secret is `***`, or "" where none is set."""
        if self.rule.is_secret:
            return HIDDEN if self.value else ""
        return _as_written(self.value, self.rule)


def entries(config: Config) -> Iterator[Entry]:
    """Every key, in the order of the example."""
    return _entries(config, "")


def _entries(table: Any, place: str) -> Iterator[Entry]:
    for entry in fields(table):
        key = f"{place}{key_name(entry)}"
        value, rule = getattr(table, entry.name), rule_of(entry)
        if key == "storage":
            for storage in value:
                yield from _entries(storage, f"storage.{storage.id}.")
        elif is_dataclass(value) and rule.parse is None:
            yield from _entries(value, f"{key}.")
        else:
            yield Entry(key, value, rule)


def _as_written(value: Any, rule: Rule) -> Any:
    if isinstance(value, tuple):
        return [_as_written(item, rule) for item in value]
    if rule.show is not None:
        return rule.show(value)
    if is_dataclass(value):
        return {
            key_name(entry): _as_written(getattr(value, entry.name), rule_of(entry))
            for entry in fields(value)
        }
    return str(value) if isinstance(value, Path) else value


def table_of(kind: Any) -> Any:
    """The dataclass of a table's annotation, or None where it is no table."""
    if is_dataclass(kind) and isinstance(kind, type):
        return kind
    return None


def items_table_of(kind: Any) -> Any:
    """The dataclass of a [[table]]'s annotation, or None."""
    if typing.get_origin(kind) is tuple:
        return table_of(typing.get_args(kind)[0])
    return None
