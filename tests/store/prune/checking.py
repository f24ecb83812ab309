"""Whether every snapshot reads back as it was committed, asked again and again.

A snapshot is read whole once. After that it is enough that each page, list and chunk of it lies
somewhere, and opens there: packs never change, so what was opened once needs only to be there.
"""

from collections.abc import Callable, Iterator

from dropally.store import Content, MemoryBackend, Repository, Snapshot, decode_entry, tree
from dropally.store.content import decode_list, direct_ids, unpack_entries
from dropally.store.pack import pack_key
from dropally.store.repository.metadata import metadata_key
from tests.store.samples import Files, read_back


class Checker:
    """Looks through a repository that stays open, as a restore of many hours has it."""

    def __init__(self, repository: Repository, objects: MemoryBackend) -> None:
        self._repository = repository
        self._objects = objects
        keyring = repository.keyring
        self._keys = {True: metadata_key(keyring), False: keyring.chunk_id_key}
        self._needs: dict[str, dict[bytes, bool]] = {}
        self._opened: set[tuple[int, bytes]] = set()

    def check(self, expected: Callable[[str], Files]) -> None:
        """Fails for a snapshot that is not what `expected` says of its id."""
        self._repository.index.refresh()
        needs: dict[bytes, bool] = {}
        for snapshot in self._repository.snapshots():
            if snapshot.id not in self._needs:
                assert read_back(self._repository, snapshot) == expected(snapshot.id), snapshot.id
                self._needs[snapshot.id] = dict(self._walk(snapshot))
            needs |= self._needs[snapshot.id]
        places = self._repository.index.locate(list(needs))
        assert places.keys() == needs.keys(), "a living chunk is nowhere"
        for number in {place.pack_no for place in places.values()}:
            self._objects.stat(pack_key(self._repository.index.pack(number).name))
        blobs = self._repository.blobs
        for one, place in places.items():
            if (place.pack_no, one) not in self._opened:
                blobs.cut(self._keys[needs[one]], one, place, blobs.read(place))
                self._opened.add((place.pack_no, one))

    def _walk(self, snapshot: Snapshot) -> Iterator[tuple[bytes, bool]]:
        """The ids that a snapshot needs, and whether each is that of a page or list."""
        pages = self._repository.metadata
        for page_id in tree.pages_of(pages, snapshot.root):
            yield page_id, True
        for _, encoded in tree.scan(pages, snapshot.root):
            content = decode_entry(encoded).content
            if content is not None:
                yield from self._walk_content(content)

    def _walk_content(self, content: Content) -> Iterator[tuple[bytes, bool]]:
        if content.depth == 0:
            yield from ((one, False) for one in direct_ids(content))
            return
        below = unpack_entries(content.chunks)
        for _ in range(content.depth):
            yield from ((entry.id, True) for entry in below)
            lists = [self._repository.metadata.load(entry.id) for entry in below]
            below = [entry for one in lists for entry in decode_list(one)]
        yield from ((entry.id, False) for entry in below)
