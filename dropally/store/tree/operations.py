"""From a caller's changes to sorted operations on one level of a tree."""

import heapq
from collections.abc import Iterable, Iterator
from enum import Enum
from typing import Final, NamedTuple

from dropally.store.errors import LimitExceededError
from dropally.store.tree.pages import MAX_KEY_BYTES, MAX_VALUE_BYTES

SEPARATOR = b"/"
AFTER_SEPARATOR = b"0"  # the byte after "/"


class DeleteSubtree(Enum):
    """The type of `DELETE_SUBTREE`."""

    WITH_ALL_BELOW = "delete with all below"


DELETE_SUBTREE: Final = DeleteSubtree.WITH_ALL_BELOW

Change = tuple[bytes, bytes | DeleteSubtree | None]


class Operation(NamedTuple):
    """On the old entries of a level: set `key` to `value`, delete it (None), or delete a range.

    A range reaches from `key` to before `until`. Operations are sorted by key, a range before a
    set of the same key; ranges do not touch each other, and inside one only sets follow: what a
    range deletes is the old, what is set is the new.
    """

    key: bytes
    value: bytes | None
    until: bytes | None = None


def normalise(changes: Iterable[Change]) -> Iterator[Operation]:
    """Check the changes' order and sizes; turn subtree deletions into ranges.

    Raises `ValueError` when keys do not ascend, `LimitExceededError` for absurd sizes.
    """
    ranges: list[tuple[bytes, bytes]] = []  # a heap: subtrees begin later than their root's key
    open_until = b""
    previous: bytes | None = None
    for key, value in changes:
        if previous is not None and key <= previous:
            raise ValueError("changes to a tree must ascend by key, each key once")
        previous = key
        while ranges and ranges[0][0] <= key:
            begin, until = heapq.heappop(ranges)
            if until > open_until:
                open_until = until
                yield Operation(begin, None, until)
        if value is not None and value is not DELETE_SUBTREE:
            _check_sizes(key, value)
            yield Operation(key, value)
            continue
        if value is DELETE_SUBTREE:
            heapq.heappush(ranges, (key + SEPARATOR, key + AFTER_SEPARATOR))
        if key >= open_until:  # else the open range deletes it
            yield Operation(key, None)
    while ranges:
        begin, until = heapq.heappop(ranges)
        if until > open_until:
            open_until = until
            yield Operation(begin, None, until)


def _check_sizes(key: bytes, value: bytes) -> None:
    if len(key) > MAX_KEY_BYTES:
        raise LimitExceededError(f"a key of {len(key)} bytes is longer than {MAX_KEY_BYTES}")
    if len(value) > MAX_VALUE_BYTES:
        raise LimitExceededError(f"a value of {len(value)} bytes is longer than {MAX_VALUE_BYTES}")


class Lookahead:
    """An iterator of operations whose next one can be looked at."""

    def __init__(self, operations: Iterator[Operation]) -> None:
        self._operations = operations
        self.next = next(operations, None)

    def pop(self) -> Operation:
        """Take the next one."""
        taken = self.next
        if taken is None:
            raise StopIteration
        self.next = next(self._operations, None)
        return taken
