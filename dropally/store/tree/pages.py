"""Pages: the nodes of a tree, their bytes, and where they are kept.

    format 1 | level, 1 byte | MessagePack array [keys, values]

`keys` ascend strictly. In a page of level 0, values are what the caller stored. In a page of a
higher level, each key is the last key below a child, and its value is the child's page id
(32 bytes) followed by the number of entries below it (8 bytes big-endian).
"""

import struct
from typing import NamedTuple, NewType, Protocol

import msgspec

from dropally.store.errors import DamagedError, LimitExceededError, NewerFormatError

PageId = NewType("PageId", bytes)

PAGE_ID_BYTES = 32
MAX_KEY_BYTES = 64 * 1024
MAX_VALUE_BYTES = 1024 * 1024
MAX_PAGE_BYTES = 4 * 1024 * 1024
MAX_LEVEL = 32

_FORMAT = 1
_PREAMBLE_BYTES = 2
_COUNT = struct.Struct(">Q")
_REFERENCE_BYTES = PAGE_ID_BYTES + _COUNT.size
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(tuple[list[bytes], list[bytes]])


class PageStore(Protocol):
    """Where pages live; `store` keeps them in packs, tests in a dictionary."""

    def load_page(self, page_id: PageId) -> bytes:
        """The plain bytes of a page, their id checked."""
        ...

    def save_page(self, page: bytes) -> PageId:
        """Keep a page. Its id is a keyed hash of its bytes, so that equal pages are one."""
        ...


class Page(NamedTuple):
    """A decoded page: `values[i]` belongs to `keys[i]`."""

    level: int
    keys: list[bytes]
    values: list[bytes]

    def entry_count(self) -> int:
        """How many entries are in or below it."""
        if self.level == 0:
            return len(self.keys)
        return sum(split_reference(value)[1] for value in self.values)


class Reference(NamedTuple):
    """A page as its parent knows it. `last_key` is None for a root, whose parent is a snapshot."""

    page_id: PageId
    last_key: bytes | None
    entry_count: int | None


def encode_page(page: Page) -> bytes:
    """The plain bytes of a page."""
    return bytes((_FORMAT, page.level)) + _encoder.encode((page.keys, page.values))


def decode_page(data: bytes) -> Page:
    """The page, checked in itself. Raises `DamagedError`, `NewerFormatError`."""
    if len(data) > MAX_PAGE_BYTES:
        raise LimitExceededError(f"a tree page of {len(data)} bytes is longer than any may be")
    if len(data) < _PREAMBLE_BYTES:
        raise DamagedError("a tree page is cut short")
    if data[0] != _FORMAT:
        raise NewerFormatError(
            f"a tree page has format {data[0]}", hint="Upgrade this software to read it."
        )
    try:
        keys, values = _decoder.decode(memoryview(data)[_PREAMBLE_BYTES:])
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise DamagedError(f"a tree page is malformed: {error}") from error
    page = Page(data[1], keys, values)
    _check(page)
    return page


def _check(page: Page) -> None:
    keys, values = page.keys, page.values
    if not keys or len(keys) != len(values):
        raise DamagedError(f"a tree page has {len(keys)} keys and {len(values)} values")
    if any(map(bytes.__ge__, keys, keys[1:])):
        raise DamagedError("a tree page's keys do not ascend")
    if page.level > MAX_LEVEL:
        raise DamagedError(f"a tree page claims level {page.level}")
    if page.level and set(map(len, values)) != {_REFERENCE_BYTES}:
        raise DamagedError("a tree page's references are malformed")


def load_page(pages: PageStore, page_id: PageId) -> Page:
    """Load and decode one page whose place in a tree is unknown: a root."""
    return decode_page(pages.load_page(page_id))


def load_child(pages: PageStore, reference: Reference, level: int, low: bytes | None) -> Page:
    """Load a page and check that it is what its parent says.

    Its keys lie above `low` and end with the reference's last key; its level is given, so that a
    tree that runs in circles, or deeper than it claims, ends in `DamagedError`.
    """
    page = load_page(pages, reference.page_id)
    last_key, count = reference.last_key, reference.entry_count
    if (
        page.level != level
        or (last_key is not None and page.keys[-1] != last_key)
        or (low is not None and page.keys[0] <= low)
        or (count is not None and page.entry_count() != count)
    ):
        raise DamagedError(f"tree page {reference.page_id.hex()} is not what its parent says")
    return page


def save_page(pages: PageStore, page: Page) -> tuple[bytes, bytes]:
    """Save a page; the key and value by which its parent knows it."""
    page_id = pages.save_page(encode_page(page))
    return page.keys[-1], page_id + _COUNT.pack(page.entry_count())


def split_reference(value: bytes) -> tuple[PageId, int]:
    """`(page id, entries below)` from a value of a page above level 0."""
    return PageId(value[:PAGE_ID_BYTES]), int.from_bytes(value[PAGE_ID_BYTES:], "big")


def child_reference(page: Page, index: int) -> Reference:
    """The child at `index` of a page above level 0."""
    page_id, count = split_reference(page.values[index])
    return Reference(page_id, page.keys[index], count)
