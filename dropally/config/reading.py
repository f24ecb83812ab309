"""Tables of TOML -> frozen dataclasses. Mistakes are collected, so that all are told at once."""

import re
import typing
from collections.abc import Iterable
from dataclasses import MISSING, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from dropally.common.errors import UsageError
from dropally.config.absent import absent_feature
from dropally.config.configuration import items_table_of, table_of
from dropally.config.settings import Rule, named_fields, rule_of

_Table = TypeVar("_Table")
_YES = ("true", "yes", "on", "1")
_LARGEST = (1 << 63) - 1  # what databases and JSON take
_NO = ("false", "no", "off", "0")


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong: with a key, or with nothing in particular (`key` is "")."""

    key: str
    text: str

    def __str__(self) -> str:
        return self.text


class Mistakes(list[Mistake]):
    """What was found so far."""

    def add(self, key: str, text: str) -> None:
        """Note one."""
        self.append(Mistake(key, text))


def read_table(kind: type[_Table], raw: Any, place: str, mistakes: Mistakes) -> _Table:
    """One TOML table as the dataclass `kind`; mistakes are noted, the default stands in."""
    if not isinstance(raw, dict):
        mistakes.add(place, f"{place or 'the file'} must be a table")
        return kind()
    known = named_fields(kind)
    hints = typing.get_type_hints(kind)
    values: dict[str, Any] = {}
    for key, value in raw.items():
        where = f"{place}.{key}" if place else key
        if key in known:
            entry = known[key]
            values[entry.name] = _read_value(
                hints[entry.name], rule_of(entry), value, where, mistakes
            )
        else:
            mistakes.add(where, unknown_key(where, key, known))
    return kind(**{key: value for key, value in values.items() if value is not MISSING})


def unknown_key(where: str, key: str, known: Iterable[str]) -> str:
    """What to say of a key that no table has: what it may have meant."""
    if absent := absent_feature(re.sub(r"\[\d+\]", "", where)):
        return f"{where}: {absent}"
    close = get_close_matches(key, known, n=1, cutoff=0.5)
    nearest = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
    return f"unknown key {where} ({nearest})"


def _read_value(kind: Any, rule: Rule, value: Any, where: str, mistakes: Mistakes) -> Any:
    if rule.parse is None and (table := table_of(kind)):
        return read_table(table, value, where, mistakes)
    if rule.parse is None and (table := items_table_of(kind)):
        return _read_tables(table, value, where, mistakes)
    try:
        return _read_scalars(kind, rule, value)
    except UsageError as error:
        shown = "" if rule.is_secret else f" = {value!r}"
        mistakes.add(where, f"{where}{shown}: {error}")
        return MISSING


def _read_tables(kind: type[Any], value: Any, where: str, mistakes: Mistakes) -> Any:
    if not isinstance(value, list) or (where == "storage" and not value):
        mistakes.add(where, f"{where} must be written as [[{where}]]")
        return MISSING
    return tuple(
        read_table(kind, item, f"{where}[{number}]", mistakes) for number, item in enumerate(value)
    )


def _read_scalars(kind: Any, rule: Rule, value: Any) -> Any:
    if typing.get_origin(kind) is not tuple:
        return _read_scalar(kind, rule, value)
    if not isinstance(value, list):
        raise UsageError('must be a list such as ["a", "b"]')
    return tuple(_read_scalar(typing.get_args(kind)[0], rule, item) for item in value)


def _read_scalar(kind: Any, rule: Rule, value: Any) -> Any:
    """A value of the file, or a text of the environment. UsageError says what is wrong."""
    parsed = rule.parse(value) if rule.parse else _by_annotation(kind, value)
    if isinstance(parsed, int) and abs(parsed) > _LARGEST:
        raise UsageError("is too large")
    if rule.at_least is not None and parsed < rule.at_least:
        raise UsageError(f"must be at least {_bound(rule, rule.at_least)}")
    if rule.at_most is not None and parsed > rule.at_most:
        raise UsageError(f"must be at most {_bound(rule, rule.at_most)}")
    return parsed


def _bound(rule: Rule, bound: int) -> Any:
    return rule.show(bound) if rule.show else bound


def _by_annotation(kind: Any, value: Any) -> Any:
    if typing.get_origin(kind) is Literal:
        choices = typing.get_args(kind)
        if value not in choices:
            raise UsageError(f"must be one of {', '.join(choices)}")
        return value
    if kind is bool:
        return _truth(value)
    if kind is int:
        return _whole_number(value)
    if kind is Path:
        return Path(_text(value)).expanduser()
    if kind is str:
        return _text(value)
    raise AssertionError(f"no reader for {kind}")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise UsageError("must be a text in quotes")
    return value


def _truth(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in (*_YES, *_NO):
        return value.lower() in _YES
    raise UsageError("must be true or false")


def _whole_number(value: Any) -> int:
    if isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise UsageError("must be a whole number")
