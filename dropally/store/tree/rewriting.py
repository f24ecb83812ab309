"""Apply changes: rewrite the pages they touch, level by level, streaming.

Each level takes sorted operations on its entries and gives the level above the operations on *its*
entries, which are the references to this level's pages. A run of rewriting begins at an old page's
beginning and ends when a cut falls on an old page's end: from there on the old pages are what
they would be if they were cut anew, so they are not even read.
"""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterable, Iterator

from dropally.store.tree.cursor import PageCursor
from dropally.store.tree.cutting import PageBuilder, build_up
from dropally.store.tree.operations import Change, Lookahead, Operation, normalise
from dropally.store.tree.pages import PageId, PageStore, load_page, split_reference

_BATCH_ENTRIES = 256


def apply(
    pages: PageStore,
    root: PageId | None,
    changes: Iterable[Change],
    *,
    boundary_key: bytes,
) -> PageId | None:
    """The root of the map after `changes`; None is the root of the empty map.

    Changes ascend by key, each key once; the value None deletes, `DELETE_SUBTREE` deletes the key
    and every old key below `key + b"/"` (keys set by the same changes stay). Equal maps have equal
    roots, however they were reached, for one boundary key (32 bytes).
    Memory stays bounded by a few pages for each level.
    Raises `ValueError` for changes out of order, `LimitExceededError`, `DamagedError`.
    """
    operations = normalise(changes)
    level = 0
    if root is None:
        operations = _LevelRewriter(pages, None, 0, boundary_key).run(operations)
    else:
        root_page = load_page(pages, root)
        level = root_page.level
        for below in range(level + 1):
            cursor = PageCursor(pages, root, root_page, below)
            operations = _LevelRewriter(pages, cursor, below, boundary_key).run(operations)
    first = next(operations, None)
    if first is None:
        return root
    top = build_up(pages, level, _references(first, operations), boundary_key)
    return None if top is None else _lower(pages, split_reference(top[1])[0])


def _references(first: Operation, rest: Iterator[Operation]) -> Iterator[tuple[bytes, bytes]]:
    """The top level's new pages; its only old page needs no deletion, nothing refers to it."""
    if first.value is not None:
        yield first.key, first.value
    for operation in rest:
        if operation.value is not None:
            yield operation.key, operation.value


def _lower(pages: PageStore, root: PageId) -> PageId:
    """Drop levels of one page with one child: a tree that shrank is no higher than it must be."""
    page = load_page(pages, root)
    while page.level and len(page.keys) == 1:
        root = split_reference(page.values[0])[0]
        page = load_page(pages, root)
    return root


class _LevelRewriter:
    """Rewrites one level. Without a cursor the old level is empty."""

    def __init__(
        self, pages: PageStore, cursor: PageCursor | None, level: int, boundary_key: bytes
    ) -> None:
        self._cursor = cursor
        self._builder = PageBuilder(pages, level, boundary_key)
        self._removed: deque[tuple[Operation, bytes | None]] = deque()
        self._until = b""  # old entries before it are deleted by the open range

    def run(self, operations: Iterator[Operation]) -> Iterator[Operation]:
        """Rewrite what the operations touch; yields the operations on the level above."""
        ahead = Lookahead(operations)
        while ahead.next is not None:
            if self._cursor is not None:
                self._cursor.seek(ahead.next.key)
            yield from self._rewrite_run(ahead)

    def _rewrite_run(self, ahead: Lookahead) -> Iterator[Operation]:
        """From an old page's beginning to the next old page's end that is a cut again."""
        cursor = self._cursor
        while cursor is not None and not cursor.ended:
            page = cursor.page()
            bound = None if cursor.at_last else cursor.last_key
            self._removed.append((Operation(cursor.last_key, None), cursor.reference_value))
            yield from self._rewrite(page.keys, page.values, ahead, bound)
            if bound is not None and self._until > bound:
                self._skip_range(cursor)
            elif bound is not None and self._builder.aligned:
                yield from self._emit_removed()
                return
            else:
                cursor.advance()
        yield from self._rewrite([], [], ahead, None)
        for key, reference in self._builder.finish():
            yield from self._emit(key, reference)
        yield from self._emit_removed()

    def _rewrite(
        self, keys: list[bytes], values: list[bytes], ahead: Lookahead, bound: bytes | None
    ) -> Iterator[Operation]:
        """Build on with one old page's entries and the operations up to `bound` (None: all)."""
        for new_keys, new_values in self._merge(keys, values, ahead, bound):
            for key, reference in self._builder.feed(new_keys, new_values):
                yield from self._emit(key, reference)

    def _merge(
        self, keys: list[bytes], values: list[bytes], ahead: Lookahead, bound: bytes | None
    ) -> Iterator[tuple[list[bytes], list[bytes]]]:
        """The page's entries after the operations, in batches."""
        new_keys: list[bytes] = []
        new_values: list[bytes] = []
        position = bisect_left(keys, self._until)
        while (operation := ahead.next) is not None and (bound is None or operation.key <= bound):
            ahead.pop()
            key, value, until = operation
            found = bisect_left(keys, key, position)
            new_keys += keys[position:found]
            new_values += values[position:found]
            position = found
            if until is not None:
                self._until = until
                position = bisect_left(keys, until, position)
                continue
            if position < len(keys) and keys[position] == key:
                position += 1
            if value is not None:
                new_keys.append(key)
                new_values.append(value)
            if len(new_keys) >= _BATCH_ENTRIES:
                yield new_keys, new_values
                new_keys, new_values = [], []
        yield new_keys + keys[position:], new_values + values[position:]

    def _skip_range(self, cursor: PageCursor) -> None:
        """Pass over the old pages that the open range deletes whole, without reading them."""
        cursor.advance()
        first = cursor.last_key
        if first >= self._until:
            return
        cursor.seek(self._until)
        if cursor.last_key < self._until:
            cursor.advance()
        self._removed.append((Operation(first, None, self._until), None))

    def _emit(self, key: bytes, reference: bytes) -> Iterator[Operation]:
        """A new page for the level above, after what vanished before it; nothing if it is old."""
        while self._removed and self._removed[0][0].key <= key:
            operation, old_reference = self._removed.popleft()
            if operation.key == key and operation.until is None:
                if old_reference == reference:
                    return
                continue
            yield operation
        yield Operation(key, reference)

    def _emit_removed(self) -> Iterator[Operation]:
        while self._removed:
            yield self._removed.popleft()[0]
