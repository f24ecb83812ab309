"""What file, environment, credentials and command line say, laid over each other.

Each later one wins: the file, `DROPALLY__A__B` and `DROPALLY__A__B_FILE`, systemd's credentials
(`$CREDENTIALS_DIRECTORY/a.b`), the command line. Where each value came from is kept.
"""

import typing
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from dropally.common.errors import UsageError
from dropally.config.configuration import Config, table_of
from dropally.config.reading import Mistakes, unknown_key
from dropally.config.settings import named_fields
from dropally.config.tables import Storage

Origin = Literal["default", "console", "file", "environment", "credential", "command line"]
ENVIRONMENT_PREFIX = "DROPALLY__"
SHORT_NAMES = {"DROPALLY_DATA": "DROPALLY__PATHS__DATA"}
_SINGLE_PREFIX = "DROPALLY_"


@dataclass
class Given:
    """Values as they were written, by table, and the origin of each by its full name."""

    tables: dict[str, Any] = field(default_factory=dict, repr=False)
    origins: dict[str, Origin] = field(default_factory=dict)

    def add_file(self, tables: dict[str, Any]) -> None:
        """What the file says. Comes first."""
        self.tables = tables
        self._note(tables, "")

    def _note(self, table: Mapping[str, Any], place: str) -> None:
        for key, value in table.items():
            where = f"{place}{key}"
            if isinstance(value, dict):
                self._note(value, f"{where}.")
            elif where == "storage" and isinstance(value, list):
                for number, item in enumerate(value):
                    if isinstance(item, dict):
                        self._note(item, f"storage.{item.get('id', 'main' if not number else '')}.")
            else:
                self.origins[where] = "file"

    def add(self, names: list[str], text: str, origin: Origin) -> None:
        """One value by the parts of its name. UsageError for a name that is none."""
        table, kind, place = self._table(names[:-1])
        key, known = names[-1], named_fields(kind)
        if key not in known:
            raise UsageError(unknown_key(f"{place}{key}", key, known))
        hint = typing.get_type_hints(kind)[known[key].name]
        table[key] = _listed(text) if typing.get_origin(hint) is tuple else text
        self.origins[f"{place}{key}"] = origin

    def _table(self, names: list[str]) -> tuple[dict[str, Any], type[Any], str]:
        if len(names) == 2 and names[0] == "storage":
            storage = self._storage(names[1])
            return storage, Storage, f"storage.{storage.get('id', 'main')}."
        table, kind, place = self.tables, Config, ""
        for name in names:
            hints = typing.get_type_hints(kind)
            below = table_of(hints.get(name))
            if below is None:
                known = [key for key, hint in hints.items() if table_of(hint)]
                if kind is Config:
                    known.append("storage__ID")
                raise UsageError(unknown_key(f"{place}{name}", name, known))
            table = table.setdefault(name, {})
            if not isinstance(table, dict):
                raise UsageError(f"{place}{name} must be a table")
            kind, place = below, f"{place}{name}."
        return table, kind, place

    def _storage(self, name: str) -> dict[str, Any]:
        """The storage of this id. Names of variables have neither case nor a hyphen."""
        listed = self.tables.setdefault("storage", [])
        if not isinstance(listed, list):
            raise UsageError("storage must be written as [[storage]]")
        for table in listed:
            if isinstance(table, dict) and _plain(table.get("id", "main")) == _plain(name):
                return table
        added: dict[str, Any] = {"id": name}
        listed.append(added)
        return added


def _plain(storage_id: object) -> str:
    return str(storage_id).lower().replace("-", "_")


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def add_environment(given: Given, environ: Mapping[str, str], mistakes: Mistakes) -> None:
    """Lay the environment over what is given."""
    full = {SHORT_NAMES.get(name, name): name for name in environ}
    for name in sorted(full):
        if name.startswith(ENVIRONMENT_PREFIX):
            _add_variable(given, environ, full, name, mistakes)
        elif name.startswith(_SINGLE_PREFIX) and "__" in name:
            meant = ENVIRONMENT_PREFIX + name.removeprefix(_SINGLE_PREFIX)
            mistakes.add("", f"the environment variable {name}: did you mean {meant}?")
    for short, name in SHORT_NAMES.items():
        if short in environ and name in environ:
            mistakes.add("", f"both {short} and {name} are set; keep one of them")


def _add_variable(
    given: Given, environ: Mapping[str, str], full: Mapping[str, str], name: str, mistakes: Mistakes
) -> None:
    names = [part.lower() for part in name.removeprefix(ENVIRONMENT_PREFIX).split("__")]
    written, text = full[name], environ[full[name]]
    twin = full.get(name.removesuffix("_FILE"), "")
    if _names_file(names) and twin:
        mistakes.add("", f"both {twin} and {written} are set; keep one of them")
        return
    try:
        if _names_file(names):
            names[-1] = names[-1].removesuffix("_file")
            text = _content(Path(text))
        given.add(names, text, "environment")
    except UsageError as error:
        mistakes.add("", f"the environment variable {written}: {error}")


def _names_file(names: list[str]) -> bool:
    """True for A__B_FILE where B is a key, and B_FILE is none."""
    kind: Any = Storage if names[0] == "storage" and len(names) == 3 else Config
    for name in [] if kind is Storage else names[:-1]:
        kind = table_of(typing.get_type_hints(kind).get(name))
        if kind is None:
            return False
    known = named_fields(kind)
    last = names[-1]
    return last not in known and last.endswith("_file") and last.removesuffix("_file") in known


def add_credentials(given: Given, environ: Mapping[str, str], mistakes: Mistakes) -> None:
    """Lay systemd's credentials over what is given: files named as keys, `notify.smtp.password`.

    Files whose name does not begin with a table's are somebody else's and left alone.
    """
    folder = environ.get("CREDENTIALS_DIRECTORY", "")
    if not folder:
        return
    tables = named_fields(Config)
    try:
        found = sorted(Path(folder).iterdir())
    except OSError as error:
        mistakes.add("", f"CREDENTIALS_DIRECTORY={folder} cannot be read: {error.strerror}")
        return
    for path in found:
        names = path.name.split(".")
        if len(names) < 2 or names[0] not in tables:
            continue
        try:
            given.add(names, _content(path), "credential")
        except UsageError as error:
            mistakes.add("", f"the credential {path.name}: {error}")


def add_command_line(given: Given, values: Mapping[str, str], mistakes: Mistakes) -> None:
    """Lay values by their full names over what is given."""
    for key, text in values.items():
        try:
            given.add(key.split("."), text, "command line")
        except UsageError as error:
            mistakes.add(key, str(error))


def _content(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is no UTF-8 text") from error
