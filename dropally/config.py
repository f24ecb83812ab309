"""`dropally.toml` and the environment -> frozen settings.

Every key has a default, so that an empty file is valid. Values are taken from the built-in
defaults, then the file, then the environment; the command line overrides single values later.
A key nobody knows is a mistake, never ignored: a typing error in `max_parallel_requests` must not
silently leave the default in place. All mistakes are reported together.
"""

import os
import re
import tomllib
import types
import typing
from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields, is_dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from dropally.common.errors import NotFoundError, UsageError

CONFIG_VERSION = 1
ENVIRONMENT_PREFIX = "DROPALLY__"
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*(B|[KMGT]i?B?)?", re.IGNORECASE)
_FACTORS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_Table = TypeVar("_Table")


def default_data_folder() -> Path:
    """`/var/lib/dropally` for root, else the user's own data folder."""
    if os.geteuid() == 0:
        return Path("/var/lib/dropally")
    share = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(share) / "dropally"


def default_cache_folder() -> Path:
    """`/var/cache/dropally` for root, else the user's own cache folder."""
    if os.geteuid() == 0:
        return Path("/var/cache/dropally")
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "dropally"


@dataclass(frozen=True)
class Paths:
    """[paths]: where this machine keeps its own files."""

    data: Path = field(default_factory=default_data_folder)
    cache: Path = field(default_factory=default_cache_folder)


@dataclass(frozen=True)
class DropboxSettings:
    """[dropbox]: how Dropbox is reached."""

    app_key: str = ""
    api_url: str = ""
    proxy: str = ""
    ca_file: str = ""
    oauth_mode: Literal["code", "redirect"] = "code"
    redirect_port: int = 8481
    max_parallel_requests: int = field(default=8, metadata={"at_least": 1, "at_most": 256})


@dataclass(frozen=True)
class Storage:
    """One [[storage]]: where a repository lies. The first one is used unless another is named."""

    id: str = "main"
    kind: Literal["local", "s3", "azure", "gcs"] = "local"
    path: str = ""
    bucket: str = ""
    prefix: str = ""
    endpoint: str = ""
    region: str = ""
    access_key: str = field(default="", repr=False)
    secret_key: str = field(default="", repr=False)
    account: str = ""
    account_key: str = field(default="", repr=False)
    service_account_file: str = ""


@dataclass(frozen=True)
class Encryption:
    """[encryption]: what opens the repository when nobody is there to type a passphrase."""

    key_source: Literal["file", "passphrase"] = "file"
    key_file: str = ""


@dataclass(frozen=True)
class Recovery:
    """[recovery]: how restores behave unless the command says otherwise."""

    restored_folder: str = "Restored by Dropally {date}"
    inplace_conflict: Literal["duplicate", "skip", "replace"] = "duplicate"


@dataclass(frozen=True)
class Limits:
    """[limits]: what a run may take of this machine."""

    memory: int = field(default=256 << 20, metadata={"size": True, "at_least": 64 << 20})


@dataclass(frozen=True)
class Config:
    """Everything in `dropally.toml`, checked."""

    config_version: int = CONFIG_VERSION
    paths: Paths = field(default_factory=Paths)
    dropbox: DropboxSettings = field(default_factory=DropboxSettings)
    storage: tuple[Storage, ...] = (Storage(),)
    encryption: Encryption = field(default_factory=Encryption)
    recovery: Recovery = field(default_factory=Recovery)
    limits: Limits = field(default_factory=Limits)

    def storage_named(self, name: str) -> Storage:
        """The storage with this id; the first one for "". NotFoundError names those there are."""
        if not name:
            return self.storage[0]
        for storage in self.storage:
            if storage.id == name:
                return storage
        known = ", ".join(storage.id for storage in self.storage)
        raise NotFoundError(f"no storage is called {name!r}", hint=f"dropally.toml has: {known}")


def find_config_file(explicit: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read: the one named, else ./dropally.toml, else /etc/dropally/dropally.toml.

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
    for candidate in (Path("dropally.toml"), Path("/etc/dropally/dropally.toml")):
        if candidate.is_file():
            return candidate
    return None


def load_config(path: Path | None, environ: Mapping[str, str]) -> Config:
    """Read the file (none: defaults only) and the environment. UsageError lists every mistake."""
    tables = _read_toml(path) if path else {}
    problems: list[str] = []
    _overlay_environment(tables, environ, problems)
    config = _read_table(Config, tables, "", problems)
    if config.config_version > CONFIG_VERSION:
        problems.append(
            f"config_version {config.config_version} is newer than this Dropally knows ({CONFIG_VERSION})"
        )
    _check_storage(config, problems)
    if problems:
        count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
        where = str(path) if path else "the environment"
        raise UsageError(
            f"{where} has {count}:\n" + "\n".join(f"  - {problem}" for problem in problems),
            hint="dropally.toml.example lists every key with its default",
        )
    return config


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{path} is not valid TOML: {error}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}") from error


def _check_storage(config: Config, problems: list[str]) -> None:
    seen: set[str] = set()
    for storage in config.storage:
        if storage.id in seen:
            problems.append(f"two [[storage]] have the id {storage.id!r}")
        seen.add(storage.id)
        if storage.kind != "local" and not storage.bucket:
            problems.append(f"[[storage]] {storage.id!r} of kind {storage.kind!r} needs a bucket")
        if storage.kind == "local" and storage.bucket:
            problems.append(f"[[storage]] {storage.id!r} names a bucket, but its kind is 'local'")


def _read_table(kind: type[_Table], raw: Any, place: str, problems: list[str]) -> _Table:
    """One TOML table as the dataclass `kind`; mistakes are appended, the default stands in."""
    if not isinstance(raw, dict):
        problems.append(f"{place or 'the file'} must be a table")
        return kind()
    known = {entry.name: entry for entry in fields(kind)}  # type: ignore[arg-type]  # a dataclass, by construction
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        where = f"{place}.{key}" if place else key
        if key not in known:
            problems.append(f"unknown key {where}{_nearest(key, known)}")
        else:
            values[key] = _read_value(known[key], hints[key], value, where, problems)
    return kind(**{key: value for key, value in values.items() if value is not MISSING})


def _nearest(key: str, known: Mapping[str, object]) -> str:
    close = get_close_matches(key, known, n=1, cutoff=0.5)
    if close:
        return f" (did you mean {close[0]}?)"
    return f" (known: {', '.join(known)})"


def _read_value(entry: Field[Any], kind: Any, value: Any, where: str, problems: list[str]) -> Any:
    if is_dataclass(kind):
        return _read_table(typing.cast("type[Any]", kind), value, where, problems)
    if typing.get_origin(kind) is tuple:
        return _read_list(typing.get_args(kind)[0], value, where, problems)
    try:
        parsed = _parse_scalar(kind, value, bool(entry.metadata.get("size")))
        _check_range(parsed, entry.metadata)
    except UsageError as error:
        problems.append(f"{where} = {value!r}: {error}")
        return MISSING
    return parsed


def _read_list(kind: type[Any], value: Any, where: str, problems: list[str]) -> Any:
    if not isinstance(value, list) or not value:
        problems.append(f"{where} must be written as [[{where}]]")
        return MISSING
    return tuple(_read_table(kind, item, f"{where}[{n}]", problems) for n, item in enumerate(value))


def _parse_scalar(kind: Any, value: Any, is_size: bool) -> Any:
    """A value of the file, or a text of the environment, as `kind`. UsageError says what is wrong."""
    if typing.get_origin(kind) is Literal:
        choices = typing.get_args(kind)
        if value not in choices:
            raise UsageError(f"must be one of {', '.join(choices)}")
        return value
    if is_size:
        return parse_size(value)
    if kind is Path:
        return Path(_text(value)).expanduser()
    if kind is str:
        return _text(value)
    if kind is int:
        return _whole_number(value)
    raise AssertionError(f"no reader for {kind}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError("must be a text in quotes")
    return value


def _whole_number(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UsageError("must be a whole number")


def parse_size(value: object) -> int:
    """`"256MiB"`, `"1G"` or a number of bytes -> bytes. K, M, G and T are powers of 1024."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    matched = _SIZE.fullmatch(value.strip()) if isinstance(value, str) else None
    if matched is None:
        raise UsageError('must be a size such as "256MiB" or "1GiB"')
    unit = (matched[2] or "").upper().rstrip("B").rstrip("I")
    return int(float(matched[1]) * _FACTORS[unit])


def _check_range(value: Any, limits: types.MappingProxyType[Any, Any]) -> None:
    if "at_least" in limits and value < limits["at_least"]:
        raise UsageError(f"must be at least {limits['at_least']}")
    if "at_most" in limits and value > limits["at_most"]:
        raise UsageError(f"must be at most {limits['at_most']}")


def _overlay_environment(
    tables: dict[str, Any], environ: Mapping[str, str], problems: list[str]
) -> None:
    """Put DROPALLY__A__B (and DROPALLY__A__B_FILE) over what the file says."""
    for name in sorted(environ):
        if not name.startswith(ENVIRONMENT_PREFIX):
            continue
        parts = [part.lower() for part in name[len(ENVIRONMENT_PREFIX) :].split("__")]
        try:
            table, kind = _environment_table(tables, parts[:-1])
            key, value = _environment_value(kind, parts[-1], environ[name])
        except UsageError as error:
            problems.append(f"the environment variable {name}: {error}")
            continue
        table[key] = value


def _environment_table(
    tables: dict[str, Any], names: list[str]
) -> tuple[dict[str, Any], type[Any]]:
    if not names:
        return tables, Config
    if names[0] == "storage" and len(names) == 2:
        return _environment_storage(tables, names[1]), Storage
    hints = typing.get_type_hints(Config)
    if len(names) != 1 or not is_dataclass(hints.get(names[0])):
        sections = [name for name, kind in hints.items() if is_dataclass(kind)]
        raise UsageError(f"names no table (tables: {', '.join(sections)}, storage__ID)")
    table = tables.setdefault(names[0], {})
    if not isinstance(table, dict):
        raise UsageError(f"{names[0]} must be a table")
    return table, hints[names[0]]


def _environment_storage(tables: dict[str, Any], name: str) -> dict[str, Any]:
    listed = tables.setdefault("storage", [])
    if not isinstance(listed, list):
        raise UsageError("storage must be written as [[storage]]")
    for table in listed:
        if isinstance(table, dict) and table.get("id", "main") == name:
            return table
    added: dict[str, Any] = {"id": name}
    listed.append(added)
    return added


def _environment_value(kind: type[Any], key: str, value: str) -> tuple[str, str]:
    known = {entry.name for entry in fields(kind)}
    if key in known:
        return key, value
    if key.endswith("_file") and key.removesuffix("_file") in known:
        try:
            return key.removesuffix("_file"), Path(value).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise UsageError(f"cannot read {value}: {error.strerror}") from error
    raise UsageError(f"unknown key{_nearest(key, dict.fromkeys(known))}")
