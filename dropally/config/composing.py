"""Console values under those of file and environment -> what counts now."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from dropally.config.configuration import Config, Entry, entries
from dropally.config.given import Given, Origin
from dropally.config.loading import LoadedConfig, read_config, refuse_mistakes
from dropally.config.pins import SECURITY_KEYS
from dropally.config.reading import Mistakes


@dataclass(frozen=True)
class Effective:
    """The settings that count, where each is from, and the console's values that could not be used."""

    config: Config
    origins: Mapping[str, Origin]
    modno: int
    warnings: tuple[str, ...] = ()

    def entries(self) -> list[Entry]:
        """Every key with its value."""
        return list(entries(self.config))


@dataclass(frozen=True)
class ConsoleValues:
    """What the console changed: the values by key, and what is wrong with some of the stored."""

    modno: int = 1
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    warnings: tuple[str, ...] = ()


def is_console_key(entry: Entry) -> bool:
    """True for keys that the console's settings may change.

    Fixed ones are decided by file and environment; those about people by the Security page.
    """
    return not entry.is_fixed and entry.key not in SECURITY_KEYS.values()


def compose(loaded: LoadedConfig, console: ConsoleValues) -> Effective:
    """Lay the console's values under what is given.

    One that cannot be used any more (another version wrote it) is left out and told in `warnings`;
    the appliance has to start. Raises UsageError only if what is given is wrong by itself.
    """
    kept = dict(console.values)
    warnings = list(console.warnings)
    while True:
        tables, mistakes = _merged(loaded.given, kept), Mistakes()
        config = read_config(tables, mistakes)
        bad = [key for key in kept if any(mistake.key == key for mistake in mistakes)]
        if not bad:
            break
        for key in bad:
            del kept[key]
            told = next(mistake.text for mistake in mistakes if mistake.key == key)
            warnings.append(f"the console's value is not used: {told}")
    refuse_mistakes(mistakes, "the configuration")
    return Effective(config, _origins(config, loaded, kept), console.modno, tuple(warnings))


def check_values(loaded: LoadedConfig, values: Mapping[str, Any]) -> Mistakes:
    """What is wrong with these values of the console, together with what is given."""
    mistakes = Mistakes()
    read_config(_merged(loaded.given, values), mistakes)
    return mistakes


def _merged(given: Given, values: Mapping[str, Any]) -> dict[str, Any]:
    tables = copy.deepcopy(given.tables)
    for key, value in values.items():
        if key in given.origins:
            continue
        *names, last = key.split(".")
        table = tables
        for name in names:
            table = table.setdefault(name, {})
        table[last] = value
    return tables


def _origins(config: Config, loaded: LoadedConfig, values: Mapping[str, Any]) -> dict[str, Origin]:
    origins: dict[str, Origin] = {}
    for entry in entries(config):
        by_console: Origin = "console" if entry.key in values else "default"
        origins[entry.key] = loaded.given.origins.get(entry.key, by_console)
    return origins
