"""Cursors of the short lists (members, groups, folders, ...).

Rows are walked in the order of their ids, and a cursor remembers the last id it gave out: rows
that come or go between two pages neither repeat nor hide others.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Json = dict[str, Any]
Row = TypeVar("Row")


class CursorError(ValueError):
    """The cursor is not one of ours, or belongs to another list."""


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next page starts."""

    rows: list[Row]
    last: str
    has_more: bool


def cut_page(rows: Iterable[Row], key: Callable[[Row], str], after: str, limit: int) -> Page[Row]:
    """At most `limit` rows whose key sorts behind `after`."""
    behind = sorted((row for row in rows if key(row) > after), key=key)
    page = behind[:limit]
    return Page(page, key(page[-1]) if page else after, len(behind) > len(page))


def encode_cursor(kind: str, **state: Any) -> str:
    """An opaque text that brings `state` back."""
    text = json.dumps([kind, state], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def decode_cursor(kind: str, cursor: str) -> Json:
    """The state in a cursor of this kind. Raises CursorError."""
    try:
        found, state = json.loads(base64.urlsafe_b64decode(cursor))
    except (binascii.Error, ValueError, TypeError) as error:
        raise CursorError(cursor) from error
    if found != kind or not isinstance(state, dict):
        raise CursorError(cursor)
    return state
