"""What this writer stored that the index does not yet name."""

import threading

from dropally.store.content import ID_BYTES, Content, Fingerprint
from dropally.store.index import ChunkIndex, IndexedPack, LoadList
from dropally.store.pack import SealedPack

SEGMENT_PACKS = 64
SEGMENT_ROWS = 60_000


class Ledger:
    """Packs between durable and indexed, and the ids under way. Safe for threads.

    `pending` holds every id handed to the pipeline until a segment names it; membership may be
    asked without a lock.
    """

    def __init__(self, index: ChunkIndex, load_list: LoadList) -> None:
        self._index = index
        self._load_list = load_list
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._packs: list[IndexedPack] = []
        self._rows = 0
        self._contents: dict[Fingerprint, Content] = {}
        self.pending: set[bytes] = set()
        self.stored_bytes = 0

    def note_durable(self, sealed: SealedPack) -> None:
        """A pack is on the backend. Writes a segment when enough of them wait."""
        directory = sealed.directory
        pack = IndexedPack(sealed.name, sealed.size_bytes, sealed.header.encode(), directory)
        with self._lock:
            self._packs.append(pack)
            self._rows += len(directory.chunk_ids) // ID_BYTES + len(directory.records)
            self.stored_bytes += sealed.size_bytes
            for record in directory.records:
                self._contents[record.fingerprint] = record.content
            due = len(self._packs) >= SEGMENT_PACKS or self._rows >= SEGMENT_ROWS
        if due:
            self.write_segment()

    def write_segment(self) -> None:
        """Index what is durable."""
        with self._writing:
            with self._lock:
                packs = list(self._packs)
            if not packs:
                return
            self._index.add_packs(packs)
            with self._lock:
                del self._packs[: len(packs)]
                self._forget(packs)

    def find(self, fingerprints: list[Fingerprint]) -> list[Content | None]:
        """Durable contents by fingerprint, in their order."""
        found = self._index.find_contents(fingerprints, self._load_list)
        with self._lock:
            if self._contents:
                recent = [self._contents.get(wanted) for wanted in fingerprints]
                return [new or old for new, old in zip(recent, found, strict=True)]
        return found

    def _forget(self, packs: list[IndexedPack]) -> None:
        for pack in packs:
            self._rows -= len(pack.directory.chunk_ids) // ID_BYTES + len(pack.directory.records)
            self.pending.difference_update(pack.directory.ids())
            for record in pack.directory.records:
                self._contents.pop(record.fingerprint, None)
