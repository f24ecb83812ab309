"""The chunk index of an open repository: segments on the backend, answers from the local cache."""

import hashlib
import threading
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path

import msgspec

from dropally.store.backend import Backend
from dropally.store.content import ID_BYTES, Content, Fingerprint
from dropally.store.errors import AlreadyExistsError, DamagedError, ObjectNotFoundError
from dropally.store.index.cache import IndexCache, Location, PackInfo
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
_PACKS_REMEMBERED = 4096
_CONTENT = msgspec.msgpack.Decoder(Content)


class ChunkIndex:
    """Answers where chunks lie. Safe for threads; several processes may share the cache file."""

    def __init__(self, backend: Backend, keyring: Keyring, cache_path: Path | None) -> None:
        self._backend = backend
        self._keyring = keyring
        self._cache = IndexCache(cache_path, keyring.repository_id)
        self._refreshing = threading.Lock()
        self._missing: set[bytes] = self._cache.missing()
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
            present = {name for name, _ in self._list_segments()}
            gone = self._cache.segments() - present
            if gone and not self._cache.remove_segments(gone):
                self.forget()
            for name in sorted(present - self._cache.segments()):
                self._load(name)

    def forget(self) -> None:
        """Empty the local cache; the next `refresh` fills it."""
        self._cache.clear()
        self._missing = set()
        self.pack.cache_clear()

    def contains(self, ids: Sequence[bytes]) -> set[bytes]:
        """Those of `ids` that an indexed pack holds."""
        return self._cache.contains(ids)

    def locate(self, ids: Sequence[bytes]) -> dict[bytes, Location]:
        """Where those of `ids` lie that an indexed pack holds."""
        return self._cache.locate(ids)

    def find_contents(self, fingerprints: Sequence[Fingerprint]) -> list[Content | None]:
        """The contents recorded under fingerprints, in their order; None where there is none."""
        keys = [(wanted.digest, wanted.size_bytes) for wanted in fingerprints]
        found = [
            None if encoded is None else _CONTENT.decode(encoded)
            for encoded in self._cache.contents(keys)
        ]
        if self._missing:
            return [content if content and self._is_whole(content) else None for content in found]
        return found

    def packs(self) -> dict[bytes, int]:
        """Names and sizes in bytes of all indexed packs."""
        return self._cache.packs()

    def note_missing(self, names: set[bytes]) -> None:
        """Say which indexed packs are not on the backend; their chunks then count as absent."""
        if self._missing - names:
            # A pack came back, from a replica say: what was taken out of the cache is true again.
            self.forget()
            self.refresh()
        if names:
            self._cache.note_missing(names)
        self._missing = set(names)

    def add_packs(self, packs: Sequence[IndexedPack]) -> None:
        """Write segments for packs that are on the backend, and load them."""
        for group in _group(sorted(packs, key=lambda pack: pack.name)):
            self._write(Segment(FORMAT, [], group))

    def segment_names(self) -> list[bytes]:
        """The segments on the backend."""
        return [name for name, _ in self._list_segments()]

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

    def _list_segments(self) -> Iterator[tuple[bytes, int]]:
        for stat in self._backend.list(PREFIX):
            text = stat.key.removeprefix(PREFIX)
            if len(text) == 2 * ID_BYTES and all(digit in "0123456789abcdef" for digit in text):
                yield bytes.fromhex(text), stat.size_bytes

    def _load(self, name: bytes) -> None:
        try:
            sealed = self._backend.get(segment_key(name))
            self._cache.add_segment(name, decode_segment(self._keyring, name, sealed))
        except ObjectNotFoundError:
            return  # replaced by a merged segment since it was listed
        except DamagedError as error:
            self.damaged_segments[name] = error

    def _pack(self, pack_no: int) -> PackInfo:
        return self._cache.pack(pack_no)

    def _is_whole(self, content: Content) -> bool:
        """Whether a recorded content is sure to be there while packs are missing.

        Contents of many chunks are not walked here: storing such a file again costs time only.
        """
        if content.depth:
            return False
        packed = content.chunks
        ids = [packed[at : at + ID_BYTES] for at in range(0, len(packed), ID_BYTES)]
        return len(self._cache.contains(ids)) == len(set(ids))


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
