"""A set of very many ids on disk: what is alive, by the first 16 bytes of each id.

Ids go into 256 files by their first byte; when all are in, each file is sorted and freed of
repetitions. So 100 million ids take 1.6 GB of disk, and memory for a quarter of a million of them
at a time, however many there are. Ids are keyed hashes: nobody without the key makes two alike in
16 bytes, and if two were, a dead chunk would stay.
"""

import mmap
import sqlite3
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from struct import iter_unpack
from typing import NamedTuple, overload

PREFIX_BYTES = 16
PARTITIONS = 256
_IN_MEMORY = 200_000
"""So many ids are held as objects, while they are gathered and while a file is sorted."""
_AT_ONCE = 100_000
_SLICES = 16
"""A file that is too long to be sorted at once is cut by the upper half of the second byte."""
_SEEN_IN_MEMORY = 100_000
_BEYOND = b"\xff" * (PREFIX_BYTES + 1)


class Stretch(NamedTuple):
    """Cut ids with `first` <= id < `until`, and those of them that are alive."""

    first: bytes
    until: bytes
    living: set[bytes]


class Marks:
    """Add ids, `seal` once, then ask.

    The files lie in a folder that is made when there is the first; the caller removes it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._gathered: list[set[bytes]] = [set() for _ in range(PARTITIONS)]
        self._count = 0
        self._on_disk = False
        self._sorted: dict[int, Sequence[bytes]] = {}
        self._open: list[mmap.mmap] = []
        self.total = 0
        """How many different ids there are, once sealed."""

    def add(self, ids: Iterable[bytes]) -> None:
        """These are alive."""
        for one in ids:
            self._gathered[one[0]].add(one[:PREFIX_BYTES])
            self._count += 1
        if self._count >= _IN_MEMORY:
            self._spill()

    def seal(self) -> None:
        """Sort; from here on ask only. Few ids never leave memory."""
        if not self._on_disk:
            self.total = sum(map(len, self._gathered))
            return
        self._spill()
        for number in range(PARTITIONS):
            path = self._path(number)
            if path.exists():
                self.total += _sort_file(path)

    def stretches(self) -> Iterator[Stretch]:
        """All ids in order, a stretch of them in memory at a time; a single one for few ids."""
        if not self._on_disk:
            yield Stretch(bytes(PREFIX_BYTES), _BEYOND, set().union(*self._gathered))
            return
        for number in range(PARTITIONS):
            first = bytes((number,)) + bytes(PREFIX_BYTES - 1)
            last = bytes((number + 1,)) if number + 1 < PARTITIONS else _BEYOND
            pieces = _pieces(self._path(number), _AT_ONCE)
            piece = next(pieces, b"")
            while following := next(pieces, b""):
                until = following[:PREFIX_BYTES]
                yield Stretch(first, until, set(_unpacked(piece)))
                first, piece = until, following
            yield Stretch(first, last, set(_unpacked(piece)))

    def __contains__(self, chunk_id: bytes) -> bool:
        if not self._on_disk:
            return chunk_id[:PREFIX_BYTES] in self._gathered[chunk_id[0]]
        ids = self._sorted.get(chunk_id[0])
        if ids is None:
            ids = self._sorted[chunk_id[0]] = self._map(chunk_id[0])
        wanted = chunk_id[:PREFIX_BYTES]
        at = bisect_left(ids, wanted)
        return at < len(ids) and ids[at] == wanted

    def close(self) -> None:
        """Let go of the files."""
        self._sorted.clear()
        while self._open:
            self._open.pop().close()

    def _map(self, number: int) -> Sequence[bytes]:
        path = self._path(number)
        if not path.exists():
            return ()
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        self._open.append(mapped)
        return _Ids(mapped)

    def _spill(self) -> None:
        self._on_disk = True
        self._folder.mkdir(mode=0o700, exist_ok=True)
        for number, ids in enumerate(self._gathered):
            _append(self._path(number), ids)
            ids.clear()
        self._count = 0

    def _path(self, number: int) -> Path:
        return self._folder / f"live-{number:02x}"


def _sort_file(path: Path) -> int:
    """Sort the ids of a file in place, each one once; how many there are."""
    if path.stat().st_size <= _IN_MEMORY * PREFIX_BYTES:
        ids = sorted(set(_unpacked(path.read_bytes())))
        path.write_bytes(b"".join(ids))
        return len(ids)
    slices = [path.with_name(f"{path.name}-{number:x}") for number in range(_SLICES)]
    for piece in _pieces(path, _IN_MEMORY):
        ids = sorted(set(_unpacked(piece)))
        bounds = [bytes((ids[0][0], number * 256 // _SLICES)) for number in range(_SLICES)]
        for place, part in zip(slices, _cut(ids, bounds), strict=True):
            _append(place, part)
    path.unlink()
    count = 0
    for place in slices:
        if place.exists():
            ids = sorted(set(_unpacked(place.read_bytes())))
            place.unlink()
            _append(path, ids)
            count += len(ids)
    return count


def _cut(ids: Sequence[bytes], bounds: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Sorted ids from each bound to the next; none is below the first."""
    places = [*(bisect_left(ids, bound) for bound in bounds), len(ids)]
    return (ids[start:end] for start, end in pairwise(places))


def _append(path: Path, ids: Collection[bytes]) -> None:
    if ids:
        with path.open("ab") as file:
            file.write(b"".join(ids))


def _pieces(path: Path, count: int) -> Iterator[bytes]:
    """What a file holds, so many ids at a time; nothing of one that is not there."""
    if path.exists():
        with path.open("rb") as file:
            while packed := file.read(count * PREFIX_BYTES):
                yield packed


def _unpacked(packed: bytes) -> Iterator[bytes]:
    return (one for (one,) in iter_unpack(f"{PREFIX_BYTES}s", packed))


class _Ids(Sequence[bytes]):
    """A file of sorted ids as a sequence."""

    def __init__(self, packed: mmap.mmap) -> None:
        self._packed = packed

    def __len__(self) -> int:
        return len(self._packed) // PREFIX_BYTES

    @overload
    def __getitem__(self, index: int) -> bytes: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...

    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[one] for one in range(*index.indices(len(self)))]
        return self._packed[index * PREFIX_BYTES : (index + 1) * PREFIX_BYTES]


class Seen:
    """Which keys were met already: exact, and in bounded memory however many there are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._few: set[bytes] = set()
        self._db: sqlite3.Connection | None = None

    def is_new(self, key: bytes) -> bool:
        """True the first time."""
        if self._db is not None:
            return self._db.execute("INSERT OR IGNORE INTO seen VALUES (?)", (key,)).rowcount > 0
        if key in self._few:
            return False
        self._few.add(key)
        if len(self._few) >= _SEEN_IN_MEMORY:
            self._db = self._moved_to_disk()
        return True

    def __contains__(self, key: bytes) -> bool:
        if self._db is None:
            return key in self._few
        return self._db.execute("SELECT 1 FROM seen WHERE key = ?", (key,)).fetchone() is not None

    def close(self) -> None:
        """Let go of the file."""
        self._few.clear()
        if self._db is not None:
            self._db.close()

    def _moved_to_disk(self) -> sqlite3.Connection:
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        db = sqlite3.connect(self._path, isolation_level=None, check_same_thread=False)
        db.execute("PRAGMA journal_mode = OFF")
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -32000")
        db.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")
        db.execute("BEGIN")
        db.executemany("INSERT INTO seen VALUES (?)", ((key,) for key in sorted(self._few)))
        self._few.clear()
        return db
