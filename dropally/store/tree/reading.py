"""Read a tree: one key, many keys, a range, a folder's children, its pages."""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator

from dropally.store.tree.cursor import PageCursor
from dropally.store.tree.operations import AFTER_SEPARATOR, SEPARATOR
from dropally.store.tree.pages import (
    Page,
    PageId,
    PageStore,
    Reference,
    child_reference,
    load_child,
    load_page,
)


def scan(
    pages: PageStore, root: PageId | None, start: bytes = b"", end: bytes | None = None
) -> Iterator[tuple[bytes, bytes]]:
    """Entries with `start` <= key < `end` (None: to the last), in order."""
    cursor = _leaves(pages, root)
    if cursor is None:
        return
    cursor.seek(start)
    while not cursor.ended and (end is None or cursor.low is None or cursor.low < end):
        page = cursor.page()
        first = bisect_left(page.keys, start)
        last = len(page.keys) if end is None else bisect_left(page.keys, end)
        yield from zip(page.keys[first:last], page.values[first:last], strict=True)
        cursor.advance()


def get(pages: PageStore, root: PageId | None, key: bytes) -> bytes | None:
    """The value of a key; None when the map has no such key."""
    return next(get_many(pages, root, [key]))[1]


def get_many(
    pages: PageStore, root: PageId | None, keys: Iterable[bytes]
) -> Iterator[tuple[bytes, bytes | None]]:
    """Each key with its value or None, reading every page once. Keys ascend (`ValueError`)."""
    cursor = _leaves(pages, root)
    previous: bytes | None = None
    for key in keys:
        if previous is not None and key < previous:
            raise ValueError("keys to look up must ascend")
        previous = key
        if cursor is None:
            yield key, None
            continue
        cursor.seek(key)
        page = cursor.page()
        index = bisect_left(page.keys, key)
        found = index < len(page.keys) and page.keys[index] == key
        yield key, page.values[index] if found else None


def children(pages: PageStore, root: PageId | None, folder: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Entries one level below a path key, in order; `b""` is the top ("/name" lies below it).

    What lies deeper is skipped by seeking, not read.
    """
    cursor = _leaves(pages, root)
    prefix, end = folder + SEPARATOR, folder + AFTER_SEPARATOR
    wanted = prefix
    while cursor is not None and not cursor.ended:
        cursor.seek(wanted)
        page = cursor.page()
        index = bisect_left(page.keys, wanted)
        if index == len(page.keys):
            cursor.advance()
            continue
        key = page.keys[index]
        if key >= end:
            return
        depth = key.find(SEPARATOR, len(prefix))
        if depth < 0:
            yield key, page.values[index]
            wanted = key + b"\0"
        else:
            wanted = key[:depth] + AFTER_SEPARATOR


def count(pages: PageStore, root: PageId | None) -> int:
    """How many entries the map has; reads one page."""
    return 0 if root is None else load_page(pages, root).entry_count()


def pages_of(
    pages: PageStore, root: PageId | None, seen: set[PageId] | None = None
) -> Iterator[PageId]:
    """The ids of all pages of a tree, parents first; leaves are named, not read.

    Pages in `seen` are left out with all below them, and what is yielded is added: so the pages of
    many trees are each met once.
    """
    if root is None:
        return
    known = set[PageId]() if seen is None else seen
    reference = Reference(root, None, None)
    level = 0 if root in known else load_page(pages, root).level
    yield from _walk(pages, reference, level, None, known)


def _walk(
    pages: PageStore, reference: Reference, level: int, low: bytes | None, known: set[PageId]
) -> Iterator[PageId]:
    if reference.page_id in known:
        return
    known.add(reference.page_id)
    yield reference.page_id
    if level == 0:
        return
    page = load_child(pages, reference, level, low)
    for index in range(len(page.keys)):
        yield from _walk(pages, child_reference(page, index), level - 1, low, known)
        low = page.keys[index]


def new_pages(
    pages: PageStore, root: PageId | None, is_new: Callable[[bytes], bool]
) -> Iterator[tuple[PageId, Page]]:
    """Every page of a tree for which `is_new`, read and checked, parents first.

    What is below a page that is not new is not looked at. Memory holds one page a level.
    """
    if root is not None and is_new(root):
        page = load_page(pages, root)
        yield root, page
        yield from _new_below(pages, page, None, is_new)


def _new_below(
    pages: PageStore, page: Page, low: bytes | None, is_new: Callable[[bytes], bool]
) -> Iterator[tuple[PageId, Page]]:
    for index in range(len(page.keys)) if page.level else ():
        reference = child_reference(page, index)
        if is_new(reference.page_id):
            child = load_child(pages, reference, page.level - 1, low)
            yield reference.page_id, child
            yield from _new_below(pages, child, low, is_new)
        low = page.keys[index]


def _leaves(pages: PageStore, root: PageId | None) -> PageCursor | None:
    return None if root is None else PageCursor(pages, root, load_page(pages, root), 0)
