"""Lists in pages: a cursor says where the next page begins, whatever is added meanwhile."""

import base64
import binascii
from typing import Annotated, Generic, TypeVar

import msgspec
from litestar.params import QueryParameter

from dropally.common.errors import UsageError

LARGEST_PAGE = 500
DEFAULT_PAGE = 100

Limit = Annotated[
    int,
    QueryParameter(
        name="limit",
        ge=1,
        le=LARGEST_PAGE,
        description="How many at most.",
    ),
]
Cursor = Annotated[
    str,
    QueryParameter(
        name="cursor",
        max_length=2000,
        description="`next_cursor` of the page before; empty for the first page.",
    ),
]
_Item = TypeVar("_Item")
_Position = TypeVar("_Position")


class Page(msgspec.Struct, Generic[_Item], frozen=True, kw_only=True):
    """Some of a list. `next_cursor` null: there are no more. `total` only where counting is cheap."""

    items: list[_Item]
    next_cursor: str | None = None
    total: int | None = None


def encode_cursor(position: object) -> str:
    """A position (any msgspec value) as text that clients pass back unread."""
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(position)).decode().rstrip("=")


def decode_cursor(cursor: str, kind: type[_Position]) -> _Position | None:
    """The position; None for the first page. Raises UsageError for text that is no cursor."""
    if not cursor:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return msgspec.msgpack.decode(raw, type=kind)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise UsageError(
            "this is no cursor of this list", hint="begin again without a cursor"
        ) from error
