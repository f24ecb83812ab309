"""From a content to the chunks, and the parts of them, that a read needs."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from dropally.store.content import (
    MAX_DEPTH,
    Content,
    ListEntry,
    decode_list,
    direct_ids,
    unpack_entries,
)
from dropally.store.errors import DamagedError, LimitExceededError
from dropally.store.index import Location

LoadList = Callable[[bytes], bytes]
Locate = Callable[[Sequence[bytes]], dict[bytes, Location]]


class Need(NamedTuple):
    """Bytes `begin` to before `end` of a chunk that must be `length` bytes long."""

    chunk_id: bytes
    begin: int
    end: int
    length: int


def clip(content: Content, offset: int, length: int | None) -> tuple[int, int]:
    """Where a read begins and ends. Raises `ValueError` outside of the content."""
    if offset < 0 or offset > content.size_bytes or (length is not None and length < 0):
        raise ValueError(f"offset {offset} is not in a content of {content.size_bytes} bytes")
    end = content.size_bytes if length is None else min(content.size_bytes, offset + length)
    return offset, end


def needs_of(
    content: Content, begin: int, end: int, *, load_list: LoadList, locate: Locate
) -> Iterator[Need]:
    """What to read for a range of a content, in order.

    Raises `DamagedError` when the lists do not cover what the content says.
    """
    if content.depth == 0:
        entries = _direct_entries(content, locate)
    elif content.depth <= MAX_DEPTH:
        entries = unpack_entries(content.chunks)
    else:
        raise LimitExceededError(f"a content nests its lists {content.depth} deep")
    if sum(entry.length for entry in entries) != content.size_bytes:
        raise DamagedError("a content's chunks do not add up to its size")
    yield from _walk(entries, content.depth, begin, end, load_list)


def _direct_entries(content: Content, locate: Locate) -> list[ListEntry]:
    ids = direct_ids(content)
    if len(ids) == 1:
        # Most files are one chunk, and whoever reads it sees whether it is as long as the file.
        return [ListEntry(ids[0], content.size_bytes)]
    places = locate(ids)
    return [ListEntry(chunk_id, places[chunk_id].length) for chunk_id in ids]


def _walk(
    entries: list[ListEntry], depth: int, begin: int, end: int, load_list: LoadList
) -> Iterator[Need]:
    start = 0
    for entry in entries:
        if start >= end:
            return
        first, last = max(begin - start, 0), min(end - start, entry.length)
        if first < last:
            if depth == 0:
                yield Need(entry.id, first, last, entry.length)
            else:
                below = decode_list(load_list(entry.id))
                if sum(inner.length for inner in below) != entry.length:
                    raise DamagedError("a chunk list does not cover what its parent says")
                yield from _walk(below, depth - 1, first, last, load_list)
        start += entry.length
