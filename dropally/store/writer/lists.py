"""Build the chunk list of one content while its chunks pass by, in bounded memory."""

from collections.abc import Callable

from dropally.store.content import (
    MAX_DIRECT_CHUNKS,
    Content,
    ListEntry,
    encode_list,
    is_list_end,
    pack_entries,
)

StoreList = Callable[[bytes], bytes]


class ContentBuilder:
    """Collects the chunks of one content; full lists are stored on the way."""

    def __init__(self, store_list: StoreList) -> None:
        self._store_list = store_list
        self._levels: list[list[ListEntry]] = [[]]
        self.size_bytes = 0

    def add(self, chunk_id: bytes, length: int) -> None:
        """The next chunk."""
        self.size_bytes += length
        self._add(0, ListEntry(chunk_id, length))

    def finish(self) -> Content:
        """The content, once the lists that it needs are stored."""
        level = 0
        while level < len(self._levels) - 1 or len(self._levels[level]) > MAX_DIRECT_CHUNKS:
            if self._levels[level]:
                self._close(level)
            level += 1
        entries = self._levels[level]
        packed = pack_entries(entries) if level else b"".join(entry.id for entry in entries)
        return Content(self.size_bytes, level, packed)

    def _add(self, level: int, entry: ListEntry) -> None:
        if level == len(self._levels):
            self._levels.append([])
        entries = self._levels[level]
        entries.append(entry)
        if is_list_end(entry, len(entries)):
            self._close(level)

    def _close(self, level: int) -> None:
        entries, self._levels[level] = self._levels[level], []
        covered = sum(entry.length for entry in entries)
        self._add(level + 1, ListEntry(self._store_list(encode_list(entries)), covered))
