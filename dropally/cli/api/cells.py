"""What the API answers, as people read it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from dropally.cli.screen import Screen
from dropally.common.text import format_bytes, format_time
from dropally.jobs.address import short_id

Form = Literal["text", "time", "bytes", "count", "yes", "point"]


@dataclass(frozen=True)
class Column:
    """A column of a table. `key` is the API's field; dots lead into objects."""

    title: str
    key: str
    form: Form = "text"


def table_rows(columns: Sequence[Column], rows: Sequence[Any]) -> list[list[str]]:
    """The cells of a table."""
    return [[cell(column, row) for column in columns] for row in rows]


def cell(column: Column, row: Any) -> str:
    """One cell."""
    value = row
    for key in column.key.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return shown(value, column.form)


def shown(value: Any, form: Form = "text") -> str:
    """A value as people read it; nothing for nothing."""
    if value is None or value == "":
        return ""
    if form == "time":
        return format_time(datetime.fromisoformat(value))
    if form == "bytes":
        return format_bytes(value)
    if form == "point":
        return short_id(value)
    if form == "count":
        return f"{value:,}"
    if form == "yes" or isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(shown(one) for one in value)
    if isinstance(value, Mapping):
        return ", ".join(
            f"{key} {shown(one)}" for key, one in value.items() if one not in (None, "")
        )
    return str(value)


def show_record(screen: Screen, record: Any) -> None:
    """One thing with its fields; objects within it are indented by their name."""
    if not isinstance(record, Mapping):
        screen.say(shown(record))
        return
    screen.table(("Field", "Value"), list(_lines(record, "")))


def _lines(record: Mapping[str, Any], before: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for key, value in record.items():
        if isinstance(value, Mapping) and value:
            found += _lines(value, f"{before}{key}.")
        elif value not in (None, "", [], {}):
            found.append((f"{before}{key}", _by_name(key, value)))
    return found


_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")


def _by_name(key: str, value: Any) -> str:
    """The API writes times in one form only, and names sizes for what they are."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        return shown(value, "time")
    if key.endswith("bytes") and isinstance(value, int):
        return shown(value, "bytes")
    return shown(value)
