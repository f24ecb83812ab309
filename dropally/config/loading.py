"""`dropally.toml`, the environment and the command line -> frozen settings.

Every key has a default, so that an empty file is valid. A key nobody knows is a mistake, never
ignored: a typing error in `max_parallel_requests` must not silently leave the default in place.
All mistakes are reported together.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from dropally.common.errors import NotFoundError, UsageError
from dropally.config.checks import check_together
from dropally.config.configuration import Config, entries
from dropally.config.given import (
    Given,
    Origin,
    add_command_line,
    add_credentials,
    add_environment,
)
from dropally.config.pins import pinned_policy
from dropally.config.reading import Mistakes, read_table

SYSTEM_FILE = Path("/etc/dropally/dropally.toml")


@dataclass(frozen=True)
class LoadedConfig:
    """The settings, and where each came from.

    `origins` has every key by its full name. `given` are the values as they were written, without
    the defaults.
    """

    config: Config
    origins: Mapping[str, Origin]
    path: Path | None
    given: Given = field(repr=False)

    @property
    def pinned_policy(self) -> dict[str, object]:
        """The rules for people that the console cannot change, for `open_auth`."""
        return pinned_policy(self.config, self.given.origins)


def find_config_file(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one named, else DROPALLY_CONFIG, ./dropally.toml, /etc/dropally/.

    Raises NotFoundError when a file was named that does not exist.
    """
    named = explicit or (
        Path(environ["DROPALLY_CONFIG"]) if environ.get("DROPALLY_CONFIG") else None
    )
    if named is not None:
        if not named.is_file():
            raise NotFoundError(
                f"the configuration file {named} does not exist",
                hint="copy dropally.toml.example there, or leave out --config (every key has a default)",
            )
        return named
    for candidate in (Path("dropally.toml"), SYSTEM_FILE):
        if candidate.is_file():
            return candidate
    return None


def load_config(
    path: Path | None, environ: Mapping[str, str], command_line: Mapping[str, str] | None = None
) -> LoadedConfig:
    """Read the file (none: defaults only), the environment and `command_line` (key -> text).

    Raises UsageError, which lists every mistake.
    """
    given, mistakes = Given(), Mistakes()
    if path is not None:
        given.add_file(_read_toml(path))
    add_environment(given, environ, mistakes)
    add_credentials(given, environ, mistakes)
    add_command_line(given, command_line or {}, mistakes)
    config = read_config(given.tables, mistakes)
    refuse_mistakes(mistakes, str(path) if path else "the environment")
    origins: dict[str, Origin] = {
        entry.key: given.origins.get(entry.key, "default") for entry in entries(config)
    }
    return LoadedConfig(config, origins, path, given)


def read_config(tables: dict[str, Any], mistakes: Mistakes) -> Config:
    """Tables of TOML as settings; what is wrong with them is noted."""
    config = read_table(Config, tables, "", mistakes)
    if not mistakes:
        check_together(config, mistakes)
    return config


def refuse_mistakes(mistakes: Mistakes, where: str) -> None:
    """Raise UsageError with all of them, if there are any."""
    if mistakes:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        raise UsageError(
            f"{where} has {count}:\n" + "\n".join(f"  - {mistake}" for mistake in mistakes),
            hint="dropally.toml.example lists every key with its default",
        )


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error
