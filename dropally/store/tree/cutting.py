"""Where one page ends and the next begins.

The decision looks only at entries since the page's beginning, so it is the same however the map
came about: cuts are found again after any change, and equal maps have equal pages.
A page of `size` bytes ends with an entry of `e` bytes with probability 4 e size^3 / SCALE^4: page
sizes follow Weibull's law with shape 4, closely around their mean, so that a change at random does
not mostly hit the few large pages. The draw is a keyed hash of level and key, so that who can only
choose file names cannot choose page borders.
"""

from collections.abc import Iterator, Sequence

from blake3 import blake3

from dropally.store.tree.pages import Page, PageStore, save_page

SCALE_BYTES = 12 * 1024  # the mean is 0.9064 of it, about 11 KiB
MIN_PAGE_BYTES = SCALE_BYTES // 4
MAX_PAGE_BYTES = SCALE_BYTES * 4
ENTRY_OVERHEAD_BYTES = 4

_DRAW_BYTES = 8
_SHAPE_SHIFT = 2 + 8 * _DRAW_BYTES  # times 4, in units of 2^-64


class PageBuilder:
    """Takes the entries of one level in order, cuts and saves its pages."""

    def __init__(self, pages: PageStore, level: int, boundary_key: bytes) -> None:
        self._pages = pages
        self._level = level
        self._boundary_key = boundary_key
        self._prefix = bytes((level,))
        # Above level 0 a page has two children at least, or the tree might never end.
        self._min_entries = 2 if level else 1
        self._keys: list[bytes] = []
        self._values: list[bytes] = []
        self._size = 0

    @property
    def aligned(self) -> bool:
        """Whether the last entry taken ended its page (or none was taken)."""
        return not self._keys

    def feed(self, keys: Sequence[bytes], values: Sequence[bytes]) -> Iterator[tuple[bytes, bytes]]:
        """Take entries; yields key and reference of each page that they complete."""
        size = self._size
        begin = 0
        for index, (key, value) in enumerate(zip(keys, values, strict=True)):
            entry_size = len(key) + len(value) + ENTRY_OVERHEAD_BYTES
            size += entry_size
            if size < MIN_PAGE_BYTES or not self._ends_page(
                key, size, entry_size, len(self._keys) + index + 1 - begin
            ):
                continue
            self._take(keys[begin : index + 1], values[begin : index + 1])
            yield self._save()
            begin = index + 1
            size = 0
        self._take(keys[begin:], values[begin:])
        self._size = size

    def finish(self) -> Iterator[tuple[bytes, bytes]]:
        """The last page, which ends because the entries do."""
        if self._keys:
            yield self._save()

    def _ends_page(self, key: bytes, size: int, entry_size: int, count: int) -> bool:
        if count < self._min_entries:
            return False
        if size >= MAX_PAGE_BYTES:
            return True
        digest = blake3(self._prefix + key, key=self._boundary_key).digest(_DRAW_BYTES)
        return int.from_bytes(digest, "big") * SCALE_BYTES**4 < entry_size * size**3 << _SHAPE_SHIFT

    def _take(self, keys: Sequence[bytes], values: Sequence[bytes]) -> None:
        self._keys.extend(keys)
        self._values.extend(values)

    def _save(self) -> tuple[bytes, bytes]:
        saved = save_page(self._pages, Page(self._level, self._keys, self._values))
        self._keys, self._values, self._size = [], [], 0
        return saved


def build_up(
    pages: PageStore, level: int, references: Iterator[tuple[bytes, bytes]], boundary_key: bytes
) -> tuple[bytes, bytes] | None:
    """Stack levels above the pages of `level` until one page is left; None when there are none."""
    while True:
        first = next(references, None)
        second = next(references, None)
        if first is None or second is None:
            return first
        level += 1
        references = _build_level(pages, level, [first, second], references, boundary_key)


def _build_level(
    pages: PageStore,
    level: int,
    first: Sequence[tuple[bytes, bytes]],
    rest: Iterator[tuple[bytes, bytes]],
    boundary_key: bytes,
) -> Iterator[tuple[bytes, bytes]]:
    builder = PageBuilder(pages, level, boundary_key)
    for key, value in first:
        yield from builder.feed([key], [value])
    for key, value in rest:
        yield from builder.feed([key], [value])
    yield from builder.finish()
