"""The chunk index of an open repository: segments on the backend, answers from the local cache."""

import hashlib
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from dropally.store.backend import Backend
from dropally.store.content import (
    ID_BYTES,
    MAX_DEPTH,
    Content,
    Fingerprint,
    ListEntry,
    decode_list,
    direct_ids,
    unpack_entries,
)
from dropally.store.errors import (
    AlreadyExistsError,
    DamagedError,
    NewerFormatError,
    ObjectNotFoundError,
    StoreError,
)
from dropally.store.index.cache import IndexCache, Location, PackInfo
from dropally.store.index.condemned import NOTHING, read_generation
from dropally.store.index.segment import (
    FORMAT,
    PREFIX,
    IndexedPack,
    Segment,
    decode_segment,
    encode_segment,
    segment_key,
)
from dropally.store.keys import Keyring

MAX_SEGMENT_CHUNKS = 100_000
REFRESH_AFTER_S = 2.0
"""An unknown chunk makes the index look for new segments, but no more often than this."""
STALE_AFTER_S = 3600.0
"""Where space is freed, a place may be gone a day after it was looked up; so look again by then."""
_PACKS_REMEMBERED = 4096
# A store that lists what it does not have must not keep us here for ever.
_REFRESH_TRIES = 8
_NAME = re.compile(r"[0-9a-f]{64}")
_CONTENT = msgspec.msgpack.Decoder(Content)

LoadList = Callable[[bytes], bytes]


class ChunkIndex:
    """Answers where chunks lie. Safe for threads; several processes may share the cache file."""

    def __init__(self, backend: Backend, keyring: Keyring, cache_path: Path | None) -> None:
        self._backend = backend
        self._keyring = keyring
        self._cache = IndexCache(cache_path, keyring.repository_id)
        self._refreshing = threading.RLock()
        self._refreshed = -REFRESH_AFTER_S
        self._missing: set[bytes] = self._cache.missing()
        self._distrusted = False
        self._generation = NOTHING
        self._condemned_nos: frozenset[int] = frozenset()
        self._avoided: set[int] = set()
        self.lost_packs = False
        """Set when segments left and nothing names their packs any more: are the packs there?"""
        self.damaged_segments: dict[bytes, DamagedError] = {}
        self.pack = lru_cache(_PACKS_REMEMBERED)(self._pack)

    def close(self) -> None:
        """Let go of the cache file."""
        self._cache.close()

    def refresh(self) -> None:
        """Load the segments that came since the last time, forget those that left.

        A damaged segment is noted in `damaged_segments` and counts as absent: the packs it named
        are found again by `adopt_packs`, from their own directories.
        """
        with self._refreshing:
            for _ in range(_REFRESH_TRIES):
                begun = time.monotonic()
                is_whole = self._refresh_once()
                self._refreshed = begun  # what comes while segments are loaded is not listed
                if is_whole:
                    break

    def _refresh_once(self) -> bool:
        """False when a segment was merged into another while this looked: then look again."""
        present = set(self.segment_names())
        loaded = self._cache.segments()
        # First what is new: a merged segment keeps the packs of those that it replaced.
        whole = True
        for name in sorted(present - loaded):
            whole = self._load(name) and whole
        gone = loaded - present
        if gone and not self._remove(gone):
            self.forget()
            self.lost_packs = True
            return False
        self._number_condemned()
        return whole

    def _remove(self, segments: set[bytes]) -> bool:
        """False when packs left the index that nobody condemned."""
        if self._cache.remove_segments(segments, self._generation.names()):
            return True
        self.heed()
        return self._cache.remove_segments(segments, self._generation.names())

    @property
    def generation(self) -> int:
        """The newest list of condemned packs that is heeded here, 0 before there was any."""
        return self._generation.number

    @property
    def condemned(self) -> frozenset[bytes]:
        """The packs that are about to go; what only they hold counts as absent for writers."""
        return self._generation.names()

    def heed(self) -> int:
        """Read which packs are condemned, and treat them as absent from now on; the generation.

        0 for a list that cannot be read: whoever relies on packs then keeps all of them from being
        deleted, since its session acknowledges nothing.
        """
        try:
            newest = read_generation(self._backend, self._keyring)
        except (DamagedError, NewerFormatError):
            self._distrusted = True
            return 0
        with self._refreshing:
            if newest.number > self._generation.number:
                self._generation = newest
            self._number_condemned()
            return self._generation.number

    def _number_condemned(self) -> None:
        names = self._generation.names()
        numbers = self._cache.pack_numbers(names).values()
        self._condemned_nos = frozenset(numbers) | self._avoided

    def avoid(self, pack_no: int) -> None:
        """A pack is not where the index says: look for its chunks in other packs from now on.

        It may have been freed just now; then its chunks are elsewhere, and newer segments say where.
        """
        with self._refreshing:
            self._avoided.add(pack_no)
            self.refresh()

    def is_avoided(self, pack_no: int) -> bool:
        """Whether this pack was found missing."""
        return pack_no in self._avoided

    def forget(self) -> None:
        """Empty the local cache; the next `refresh` fills it."""
        self._cache.clear()
        self._missing = set()
        self._avoided.clear()
        self.pack.cache_clear()

    def forget_erased(self) -> None:
        """Leave nothing here of packs that are gone: no hash of a content, no free page."""
        self._cache.drop_stale_contents()
        self._cache.compact()

    def totals(self) -> tuple[int, int]:
        """How many packs the index knows, and their bytes; the backend is not asked."""
        return self._cache.totals()

    def contains(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of `ids` that an indexed pack holds which is not about to go."""
        return self._cache.contains(ids, self._condemned_nos)

    def locate(self, ids: Sequence[bytes]) -> dict[bytes, Location]:
        """Where those of `ids` lie that an indexed pack holds.

        When one is unknown, segments that other writers added since are loaded first.
        """
        found = self._cache.locate(ids, self._condemned_nos)
        age_s = time.monotonic() - self._refreshed
        is_stale = self._generation.number > 0 and age_s > STALE_AFTER_S
        if is_stale or (len(found) < len(set(ids)) and age_s > REFRESH_AFTER_S):
            self.refresh()
            found = self._cache.locate(ids, self._condemned_nos)
        return found

    def find_contents(
        self, fingerprints: Sequence[Fingerprint], load_list: LoadList
    ) -> list[Content | None]:
        """The contents recorded under fingerprints, in their order; None where there is none.

        A record outlives the chunks it names when they are freed, so where space was ever freed
        (or packs are missing) every chunk is looked up; `load_list` reads a stored chunk list.
        """
        keys = [(wanted.digest, wanted.size_bytes) for wanted in fingerprints]
        found = [
            None if encoded is None else _CONTENT.decode(encoded)
            for encoded in self._cache.contents(keys)
        ]
        if not (self._missing or self._distrusted or self._generation.number):
            return found
        direct = [
            chunk_id for one in found if one and not one.depth for chunk_id in direct_ids(one)
        ]
        present = self.contains(direct)
        return [one if one and self._is_whole(one, present, load_list) else None for one in found]

    def distrust_records(self) -> None:
        """A pack cannot be read, so contents recorded elsewhere may lack a chunk: check them."""
        self._distrusted = True

    def pack_names(self) -> Iterator[bytes]:
        """The names of all indexed packs, sorted."""
        return self._cache.pack_names()

    def packs_by_name(self) -> Iterator[tuple[bytes, int, int, bytes]]:
        """Name, number, size in bytes and header of every indexed pack, by name."""
        return self._cache.packs_by_name()

    def pack_numbers(self, names: Iterable[bytes]) -> dict[bytes, int]:
        """The numbers of those of these packs that are indexed."""
        return self._cache.pack_numbers(names)

    def highest_pack_no(self) -> int:
        """No pack's number is higher."""
        return self._cache.highest_pack_no()

    def chunk_rows(self, first: bytes, until: bytes) -> Iterator[list[tuple[bytes, int, int]]]:
        """The index itself by id: 16 bytes of each id, pack number, length. See `IndexCache`."""
        return self._cache.chunk_rows(first, until)

    def holders(self, ids: Sequence[bytes]) -> dict[bytes, list[int]]:
        """The numbers of all packs that hold each of `ids`."""
        return self._cache.holders(ids)

    def segments_naming(self, names: Iterable[bytes]) -> set[bytes]:
        """The segments that name any of these packs."""
        return self._cache.segments_naming(names)

    def forget_segments(self, names: Sequence[bytes], dropped: Sequence[IndexedPack]) -> None:
        """Forget segments that were replaced, and the packs that were left out on purpose."""
        if not self._cache.remove_segments(names, self._generation.names(), dropped):
            self.forget()
            self.refresh()

    def pack_sizes(self) -> Iterator[tuple[bytes, int]]:
        """Names and sizes in bytes of all indexed packs, sorted by name."""
        return self._cache.pack_sizes()

    def find_pack(self, name: bytes) -> PackInfo | None:
        """A pack by its name; None when no segment names it."""
        return self._cache.find_pack(name)

    def blobs_of(self, name: bytes) -> list[tuple[int, int, int, int]]:
        """Offset, sealed length, codec and plain length of each blob of a pack, as indexed."""
        return self._cache.blobs_of(name)

    def chunks_of(self, name: bytes) -> list[tuple[int, bytes]]:
        """(position of the blob, first half of the id) of each chunk that is read from a pack.

        Looks at every chunk of the index: for packs that are damaged, which are few.
        """
        return self._cache.chunks_of(name)

    def note_missing(self, names: set[bytes]) -> None:
        """Say which indexed packs are not on the backend; their chunks then count as absent."""
        if self._missing - names:
            # A pack came back, from a replica say: what was taken out of the cache is true again.
            self.forget()
            self.refresh()
        if names:
            self._cache.note_missing(names)
        self._missing = set(names)

    def note_found(self, names: set[bytes]) -> None:
        """Say that packs came back, from a replica say."""
        if self._missing & names:
            self.note_missing(self._missing - names)

    def indexed_pack(self, name: bytes) -> IndexedPack | None:
        """What some segment says of a pack; reads segments until one does."""
        for segment_name in self.segment_names():
            try:
                segment = self.read_segment(segment_name)
            except (DamagedError, ObjectNotFoundError):
                continue
            for pack in segment.packs:
                if pack.name == name:
                    return pack
        return None

    def add_packs(self, packs: Sequence[IndexedPack], *, supersedes: Sequence[bytes] = ()) -> None:
        """Write segments for packs that are on the backend, and load them.

        `supersedes` names segments whose packs are all among these.
        """
        for group in _group(sorted(packs, key=lambda pack: pack.name)):
            self._write(Segment(FORMAT, list(supersedes), group))

    def segment_names(self) -> list[bytes]:
        """The segments on the backend."""
        return [name for name, _ in self.list_segments()]

    def list_segments(self) -> Iterator[tuple[bytes, int]]:
        """Names and sizes in bytes of the segments on the backend."""
        for stat in self._backend.list(PREFIX):
            text = stat.key.removeprefix(PREFIX)
            if _NAME.fullmatch(text):
                yield bytes.fromhex(text), stat.size_bytes

    def read_segment(self, name: bytes) -> Segment:
        """A segment as it is on the backend. Raises `ObjectNotFoundError`, `DamagedError`."""
        return decode_segment(self._keyring, name, self._backend.get(segment_key(name)))

    def delete_segments(self, names: Sequence[bytes]) -> None:
        """Remove segments whose packs are in other segments now."""
        for name in names:
            self._backend.delete(segment_key(name))

    def _write(self, segment: Segment) -> None:
        name, sealed = encode_segment(self._keyring, segment)
        try:
            self._backend.put_new(segment_key(name), [sealed])
        except AlreadyExistsError:
            # The name says which bytes are there: a retry after an answer that was lost.
            self._check_written(name)
        self._cache.add_segment(name, segment)

    def _check_written(self, name: bytes) -> None:
        if hashlib.sha256(self._backend.get(segment_key(name))).digest() != name:
            raise DamagedError(f"index segment {name.hex()} was changed")

    def _load(self, name: bytes) -> bool:
        """False when it was removed since it was listed."""
        if name in self.damaged_segments:
            return True
        try:
            self._cache.add_segment(name, self.read_segment(name))
        except ObjectNotFoundError:
            return False
        except DamagedError as error:
            self.damaged_segments[name] = error
        return True

    def _pack(self, pack_no: int) -> PackInfo:
        return self._cache.pack(pack_no)

    def _is_whole(self, content: Content, present: set[bytes], load_list: LoadList) -> bool:
        if content.depth == 0:
            return present.issuperset(direct_ids(content))
        if content.depth > MAX_DEPTH:
            return False
        try:
            return self._is_covered(unpack_entries(content.chunks), content.depth, load_list)
        except StoreError:
            return False  # a list that cannot be read: storing the content again heals it

    def _is_covered(self, entries: list[ListEntry], depth: int, load_list: LoadList) -> bool:
        ids = [entry.id for entry in entries]
        if len(self.contains(ids)) < len(set(ids)):
            return False
        return depth == 0 or all(
            self._is_covered(decode_list(load_list(one)), depth - 1, load_list) for one in ids
        )


def _group(packs: Sequence[IndexedPack]) -> Iterator[list[IndexedPack]]:
    """Packs in groups small enough that loading a segment takes little memory."""
    group: list[IndexedPack] = []
    chunks = 0
    for pack in packs:
        count = len(pack.directory.chunk_ids) // ID_BYTES + len(pack.directory.records)
        if group and chunks + count > MAX_SEGMENT_CHUNKS:
            yield group
            group, chunks = [], 0
        group.append(pack)
        chunks += count
    if group:
        yield group
