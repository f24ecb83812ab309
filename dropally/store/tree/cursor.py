"""Walk the pages of one level of a tree, forward only, skipping what is not asked for."""

from bisect import bisect_left
from dataclasses import dataclass

from dropally.store.tree.pages import (
    Page,
    PageId,
    PageStore,
    Reference,
    child_reference,
    load_child,
)


@dataclass(slots=True)
class _Frame:
    page: Page
    index: int
    low: bytes | None  # every key of the page is above it

    def child_low(self) -> bytes | None:
        return self.page.keys[self.index - 1] if self.index else self.low


class PageCursor:
    """Stands on one page of `level` below a root (at first on the leftmost), or after the last."""

    def __init__(self, pages: PageStore, root: PageId, root_page: Page, level: int) -> None:
        self._pages = pages
        self._root = Reference(root, None, None)
        self._root_page = root_page
        self._level = level
        self._frames: list[_Frame] = []
        self._page: Page | None = None
        self._ended = False
        if root_page.level > level:
            self._frames.append(_Frame(root_page, 0, None))
            self._descend()

    @property
    def ended(self) -> bool:
        """Whether it moved past the last page."""
        return self._ended

    @property
    def at_last(self) -> bool:
        """Whether no page follows."""
        return all(frame.index == len(frame.page.keys) - 1 for frame in self._frames)

    @property
    def last_key(self) -> bytes:
        """The last key of the page, known without loading it."""
        frames = self._frames
        return frames[-1].page.keys[frames[-1].index] if frames else self._root_page.keys[-1]

    @property
    def low(self) -> bytes | None:
        """The last key before the page."""
        return self._frames[-1].child_low() if self._frames else None

    @property
    def reference(self) -> Reference:
        """The page as its parent knows it."""
        if not self._frames:
            return self._root
        return child_reference(self._frames[-1].page, self._frames[-1].index)

    @property
    def reference_value(self) -> bytes | None:
        """The value by which the parent knows the page; None for a root."""
        return self._frames[-1].page.values[self._frames[-1].index] if self._frames else None

    def page(self) -> Page:
        """The page itself, loaded when first asked for."""
        if not self._frames:
            return self._root_page
        if self._page is None:
            self._page = load_child(self._pages, self.reference, self._level, self.low)
        return self._page

    def advance(self) -> None:
        """Move to the next page, or past the end."""
        self._page = None
        while self._frames:
            frame = self._frames[-1]
            if frame.index + 1 < len(frame.page.keys):
                frame.index += 1
                self._descend()
                return
            self._frames.pop()
        self._ended = True

    def seek(self, key: bytes) -> None:
        """Move forward to the first page whose last key is not below `key`; else to the last."""
        if self._ended or self.last_key >= key:
            return
        self._page = None
        while len(self._frames) > 1 and self._frames[-1].page.keys[-1] < key:
            self._frames.pop()
        if self._frames:
            frame = self._frames[-1]
            frame.index = _child_for(frame.page, key, frame.index)
            self._descend(key)

    def _descend(self, key: bytes | None = None) -> None:
        """Stack the pages from the topmost frame down to the level above this cursor's."""
        while self._frames[-1].page.level > self._level + 1:
            frame = self._frames[-1]
            reference = child_reference(frame.page, frame.index)
            low = frame.child_low()
            page = load_child(self._pages, reference, frame.page.level - 1, low)
            index = 0 if key is None else _child_for(page, key, 0)
            self._frames.append(_Frame(page, index, low))


def _child_for(page: Page, key: bytes, first: int) -> int:
    """The first child that may hold `key`, or the last child."""
    return min(bisect_left(page.keys, key, first), len(page.keys) - 1)
