"""What differs between two trees, reading only pages that are not in both."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dropally.store.tree.pages import (
    Page,
    PageId,
    PageStore,
    Reference,
    child_reference,
    load_child,
    load_page,
)

Difference = tuple[bytes, bytes | None, bytes | None]


@dataclass(frozen=True, slots=True)
class _Node:
    """A page not looked into yet; its keys lie above `low`, up to `last_key`."""

    reference: Reference
    level: int
    low: bytes | None
    last_key: bytes


@dataclass(frozen=True, slots=True)
class _Entry:
    last_key: bytes
    value: bytes


def diff(
    pages: PageStore,
    old: PageId | None,
    new: PageId | None,
    start: bytes = b"",
    end: bytes | None = None,
) -> Iterator[Difference]:
    """`(key, old value or None, new value or None)` where they differ, `start` <= key < `end`."""
    if old == new:
        return
    left, right = _Side(pages, old, start, end), _Side(pages, new, start, end)
    while (a := left.head) is not None and (b := right.head) is not None:
        if isinstance(a, _Node) and isinstance(b, _Node):
            _open_pages(left, right, a, b)
        elif isinstance(a, _Entry) and isinstance(b, _Node):
            yield from _meet(left, right, a, b, is_old=True)
        elif isinstance(a, _Node) and isinstance(b, _Entry):
            yield from _meet(right, left, b, a, is_old=False)
        elif isinstance(a, _Entry) and isinstance(b, _Entry):
            yield from _compare(left, right, a, b)
    for entry in left.rest():
        yield entry.last_key, entry.value, None
    for entry in right.rest():
        yield entry.last_key, None, entry.value


class _Side:
    """One tree, as a stack of pages and entries still to come; `head` is the next."""

    def __init__(
        self, pages: PageStore, root: PageId | None, start: bytes, end: bytes | None
    ) -> None:
        self._pages = pages
        self._start = start
        self._end = end
        self._stack: list[_Node | _Entry] = []
        if root is not None:
            self._push_all(load_page(pages, root), None)

    @property
    def head(self) -> _Node | _Entry | None:
        return self._stack[-1] if self._stack else None

    def drop(self) -> None:
        self._stack.pop()

    def open(self, node: _Node) -> None:
        """Replace the head by what is in it."""
        self._stack.pop()
        page = load_child(self._pages, node.reference, node.level, node.low)
        self._push_all(page, node.low)

    def rest(self) -> Iterator[_Entry]:
        """All entries still to come."""
        while self._stack:
            head = self._stack[-1]
            if isinstance(head, _Entry):
                self._stack.pop()
                yield head
            else:
                self.open(head)

    def _push_all(self, page: Page, low: bytes | None) -> None:
        if page.level == 0:
            self._push([_Entry(*item) for item in zip(page.keys, page.values, strict=True)])
            return
        lows = [low, *page.keys]
        self._push(
            [
                _Node(child_reference(page, index), page.level - 1, lows[index], key)
                for index, key in enumerate(page.keys)
            ]
        )

    def _push(self, items: Sequence[_Node | _Entry]) -> None:
        self._stack.extend(item for item in reversed(items) if self._wanted(item))

    def _wanted(self, item: _Node | _Entry) -> bool:
        if item.last_key < self._start:
            return False
        if self._end is None:
            return True
        if isinstance(item, _Entry):
            return item.last_key < self._end
        return item.low is None or item.low < self._end


def _compare(left: _Side, right: _Side, a: _Entry, b: _Entry) -> Iterator[Difference]:
    if a.last_key <= b.last_key:
        left.drop()
    if b.last_key <= a.last_key:
        right.drop()
    if a.last_key < b.last_key:
        yield a.last_key, a.value, None
    elif b.last_key < a.last_key:
        yield b.last_key, None, b.value
    elif a.value != b.value:
        yield a.last_key, a.value, b.value


def _meet(
    entries: _Side, nodes: _Side, entry: _Entry, node: _Node, *, is_old: bool
) -> Iterator[Difference]:
    """An entry here, a page there: look into the page only when the entry may be in it."""
    if node.low is None or entry.last_key > node.low:
        nodes.open(node)
        return
    entries.drop()
    yield entry.last_key, entry.value if is_old else None, None if is_old else entry.value


def _open_pages(left: _Side, right: _Side, a: _Node, b: _Node) -> None:
    """Drop equal pages; else open what comes first, so that equal pages meet further on."""
    if a.reference.page_id == b.reference.page_id:
        left.drop()
        right.drop()
    elif a.level != b.level and not _before(a, b) and not _before(b, a):
        _open_higher(left, right, a, b)
    else:
        if a.last_key <= b.last_key:
            left.open(a)
        if b.last_key <= a.last_key:
            right.open(b)


def _open_higher(left: _Side, right: _Side, a: _Node, b: _Node) -> None:
    if a.level > b.level:
        left.open(a)
    else:
        right.open(b)


def _before(a: _Node, b: _Node) -> bool:
    """Whether all of `a` comes before all of `b`."""
    return b.low is not None and a.last_key <= b.low
