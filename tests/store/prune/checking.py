"""Whether every snapshot reads back as it was committed, asked again and again.

A snapshot is read whole once. After that it is enough that each page, list and chunk of it lies
somewhere, and opens there: packs never change, so what was opened once needs only to be there.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from dropally.store import Content, MemoryBackend, Repository, Snapshot, decode_entry, tree
from dropally.store.content import decode_list, direct_ids, unpack_entries
from dropally.store.index import Location
from dropally.store.pack import pack_key
from dropally.store.repository.metadata import metadata_key
from tests.store.samples import Files, read_back


@dataclass(frozen=True)
class Checked:
    """What was found right: snapshots that were read whole, and chunks of packs."""

    needs: dict[str, dict[bytes, bool]] = field(default_factory=dict)
    """By snapshot, the ids that it needs, and whether each is that of a page or list."""
    opened: set[tuple[bytes, bytes]] = field(default_factory=set)
    """A pack's name, and the id of a chunk that opened there."""

    def copy(self) -> "Checked":
        """The same, to be added to."""
        return Checked(dict(self.needs), set(self.opened))


class Checker:
    """Looks through a repository that stays open, as a restore of many hours has it."""

    def __init__(self, repository: Repository, objects: MemoryBackend, checked: Checked) -> None:
        self.checked = checked
        self._repository = repository
        self._objects = objects
        keyring = repository.keyring
        self._keys = {True: metadata_key(keyring), False: keyring.chunk_id_key}

    def check(self, expected: Callable[[str], Files]) -> None:
        """Fails for a snapshot that is not what `expected` says of its id."""
        index, known = self._repository.index, self.checked
        index.refresh()
        needs: dict[bytes, bool] = {}
        for snapshot in self._repository.snapshots():
            if snapshot.id not in known.needs:
                assert read_back(self._repository, snapshot) == expected(snapshot.id), snapshot.id
                known.needs[snapshot.id] = dict(self._walk(snapshot))
            needs |= known.needs[snapshot.id]
        places = index.locate(list(needs))
        assert places.keys() == needs.keys(), "a living chunk is nowhere"
        names = {number: index.pack(number).name for number in {p.pack_no for p in places.values()}}
        for name in names.values():
            self._objects.stat(pack_key(name))
        for one, place in places.items():
            if (names[place.pack_no], one) not in known.opened:
                self._open(one, place, is_metadata=needs[one])
                known.opened.add((names[place.pack_no], one))

    def _open(self, one: bytes, place: Location, *, is_metadata: bool) -> None:
        blobs = self._repository.blobs
        blobs.cut(self._keys[is_metadata], one, place, blobs.read(place))

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
