"""The local copy of the index: one SQLite file that can be thrown away at any time.

It holds what segments say, never more, and only after the segment is on the backend. Ids are cut
to 128 bits here: they are keyed hashes, so nobody without the key can make two alike, and whoever
reads a chunk recomputes its whole id anyway. Contents have a checksum, because a wrong one would
pass into a new snapshot unread. Rows go in sorted, in large batches, because inserting
at random places of a large table is five times slower.
"""

import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import crc32

from dropally.store.errors import MissingPackError, StoreError
from dropally.store.index.queries import IndexQueries
from dropally.store.index.rows import (
    POSITION_BITS,
    PREFIX_BYTES,
    add_packs,
    delete_pack,
    delete_packs,
    is_better,
    named_ids,
    span,
)
from dropally.store.index.segment import IndexedPack, Segment
from dropally.store.pack import PackHeader

_FORMAT = 3
_BATCH = 400
_FEW = 8
_NAMES_AT_ONCE = 10_000

# A chunk has a row for each pack that holds it, so that a pack can go without a reload of the rest.
# Pack numbers are never used twice, so whoever remembers one never reads another pack by it.
_SCHEMA = """
CREATE TABLE segments (no INTEGER PRIMARY KEY, name BLOB UNIQUE NOT NULL);
CREATE TABLE packs (no INTEGER PRIMARY KEY AUTOINCREMENT, name BLOB UNIQUE NOT NULL, size INTEGER NOT NULL,
    header BLOB NOT NULL, missing INTEGER NOT NULL DEFAULT 0);
CREATE TABLE segment_packs (segment INTEGER, pack INTEGER, PRIMARY KEY (segment, pack))
    WITHOUT ROWID;
CREATE INDEX segment_packs_by_pack ON segment_packs (pack);
CREATE TABLE blobs (no INTEGER PRIMARY KEY, at INTEGER NOT NULL, stored INTEGER NOT NULL,
    codec INTEGER NOT NULL, plain INTEGER NOT NULL);
CREATE TABLE chunks (id BLOB, blob INTEGER, at INTEGER NOT NULL,
    length INTEGER NOT NULL, PRIMARY KEY (id, blob)) WITHOUT ROWID;
CREATE TABLE contents (digest BLOB, size INTEGER, content BLOB NOT NULL,
    checksum INTEGER NOT NULL, PRIMARY KEY (digest, size)) WITHOUT ROWID;
"""


_PRESENT = "SELECT 1 FROM chunks WHERE id = ?"
_UNNAMED_PACKS = (
    "SELECT no, name FROM packs"
    " WHERE NOT EXISTS (SELECT 1 FROM segment_packs WHERE pack = packs.no)"
)
_UNNAMED_PACK = f"{_UNNAMED_PACKS} AND name = ?"
_LOCATE = (
    "SELECT c.id, b.no, b.at, b.stored, b.codec, b.plain, c.at, c.length "
    "FROM chunks c JOIN blobs b ON b.no = c.blob WHERE c.id IN"
)


class Location(NamedTuple):
    """Where a chunk lies: in which blob of which pack, and where in the plain blob."""

    pack_no: int
    position: int
    blob_offset: int
    stored_bytes: int
    codec: int
    plain_bytes: int
    offset: int
    length: int


class PackInfo(NamedTuple):
    """What a reader must know of a pack."""

    name: bytes
    size_bytes: int
    header: PackHeader


class IndexCache(IndexQueries):
    """One connection behind a lock; several processes may use the same file."""

    def __init__(self, path: Path | None, repository_id: bytes) -> None:
        """`path` None: a private temporary database that goes with this object."""
        self._repository_id = repository_id
        super().__init__(path, timeout_s=120)

    def clear(self) -> None:
        """Forget everything, so that it is loaded again from the segments."""
        with self._transaction() as db:
            for table in ("segments", "packs", "segment_packs", "blobs", "chunks", "contents"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - names from the line above

    def segments(self) -> set[bytes]:
        """The names of the segments that are loaded."""
        with self._reading() as db:
            return {name for (name,) in db.execute("SELECT name FROM segments")}

    def pack_names(self) -> Iterator[bytes]:
        """The names of all packs known, sorted, a stretch of them in memory at a time."""
        return (name for (name,) in self._packs("name"))

    def pack_sizes(self) -> Iterator[tuple[bytes, int]]:
        """Names and sizes in bytes of all packs known, sorted by name."""
        return self._packs("name, size")

    def blobs_of(self, name: bytes) -> list[tuple[int, int, int, int]]:
        """Offset, sealed length, codec and plain length of each blob of a pack, in order."""
        query = (
            "SELECT b.at, b.stored, b.codec, b.plain FROM packs p JOIN blobs b "  # noqa: S608
            f"ON b.no >= p.no << {POSITION_BITS} AND b.no < (p.no + 1) << {POSITION_BITS} "
            "WHERE p.name = ? ORDER BY b.no"
        )
        with self._reading() as db:
            return db.execute(query, (name,)).fetchall()

    def chunks_of(self, name: bytes) -> list[tuple[int, bytes]]:
        """(position of the blob, first half of the id) of each chunk that is read from a pack."""
        first = f"SELECT no << {POSITION_BITS} FROM packs WHERE name = ?"  # noqa: S608 - numbers
        query = (
            f"SELECT blob & {(1 << POSITION_BITS) - 1}, id FROM chunks "  # noqa: S608 - numbers
            f"WHERE blob >= ({first}) AND blob < ({first}) + {1 << POSITION_BITS}"
        )
        with self._reading() as db:
            return db.execute(query, (name, name)).fetchall()

    def totals(self) -> tuple[int, int]:
        """How many packs are known, and their bytes."""
        with self._reading() as db:
            row = db.execute("SELECT count(*), coalesce(sum(size), 0) FROM packs").fetchone()
        return int(row[0]), int(row[1])

    def add_segment(self, name: bytes, segment: Segment) -> None:
        """Load a segment; one that is loaded already is left as it is."""
        with self._transaction() as db:
            done = db.execute("INSERT OR IGNORE INTO segments (name) VALUES (?)", (name,))
            if not done.rowcount:
                return
            add_packs(db, done.lastrowid or 0, segment.packs)

    def remove_segments(
        self,
        names: Iterable[bytes],
        condemned: Collection[bytes] = (),
        dropped: Iterable[IndexedPack] = (),
    ) -> bool:
        """Forget segments that left the backend, and the packs that went with them on purpose.

        Those are `dropped`, which go quickly, and `condemned` ones, for which all rows are gone
        through. False when other packs went too: then the chunks here are no longer true, and the
        caller must `clear` and load anew.
        """
        with self._transaction() as db:
            gone = [(name,) for name in names]
            db.executemany(
                "DELETE FROM segment_packs WHERE segment = (SELECT no FROM segments WHERE name=?)",
                gone,
            )
            db.executemany("DELETE FROM segments WHERE name = ?", gone)
            for pack in dropped:
                row = db.execute(_UNNAMED_PACK, (pack.name,)).fetchone()
                if row is not None:
                    delete_pack(db, row[0], pack)
            orphans = db.execute(_UNNAMED_PACKS).fetchall()
            if any(name not in condemned for _, name in orphans):
                return False
            delete_packs(db, [no for no, _ in orphans])
            return True

    def note_missing(self, names: Iterable[bytes]) -> None:
        """Treat the chunks of packs that are not on the backend as absent, so that they heal."""
        with self._transaction() as db:
            for name in names:
                db.execute("UPDATE packs SET missing = 1 WHERE name = ?", (name,))
            missing = [no for (no,) in db.execute("SELECT no FROM packs WHERE missing")]
            for no in missing:
                db.execute("DELETE FROM chunks WHERE blob >= ? AND blob < ?", span(no))

    def missing(self) -> set[bytes]:
        """Packs noted as missing."""
        with self._reading() as db:
            return {name for (name,) in db.execute("SELECT name FROM packs WHERE missing")}

    def contains(self, ids: Sequence[bytes], but: Collection[int] = ()) -> set[bytes]:
        """Those of `ids` that are in some pack; the packs with numbers in `but` do not count."""
        if but:
            return {
                chunk_id
                for chunk_id, packs in self.holders(ids).items()
                if any(no not in but for no in packs)
            }
        if len(ids) <= _FEW:
            return self._contains_few(ids)
        found: set[bytes] = set()
        for batch in _batches(ids):
            short = {chunk_id[:PREFIX_BYTES]: chunk_id for chunk_id in batch}
            marks = ",".join("?" * len(short))
            query = f"SELECT id FROM chunks WHERE id IN ({marks})"  # noqa: S608 - marks only
            with self._reading() as db:
                rows = db.execute(query, list(short)).fetchall()
            found.update(short[row[0]] for row in rows)
        return found

    def _contains_few(self, ids: Sequence[bytes]) -> set[bytes]:
        """The same for a few ids, each with a query that is compiled already: five times faster.

        A small file asks this once, so not even a context manager is spent on it.
        """
        found = set()
        with self._lock:
            execute = self._db.execute
            try:
                for chunk_id in ids:
                    if execute(_PRESENT, (chunk_id[:PREFIX_BYTES],)).fetchone():
                        found.add(chunk_id)
            except sqlite3.Error as error:
                raise self._unusable(error) from error
        return found

    def locate(self, ids: Sequence[bytes], but: Collection[int] = ()) -> dict[bytes, Location]:
        """Where those of `ids` lie that are known; in packs with numbers in `but` if nowhere else."""
        found: dict[bytes, Location] = {}
        for batch in _batches(ids):
            short = {chunk_id[:PREFIX_BYTES]: chunk_id for chunk_id in batch}
            marks = ",".join("?" * len(short))
            query = f"{_LOCATE} ({marks})"
            with self._reading() as db:
                rows = db.execute(query, list(short)).fetchall()
            for prefix, no, *rest in rows:
                place = (no >> POSITION_BITS, no & ((1 << POSITION_BITS) - 1))
                known = found.get(short[prefix])
                if known is None or is_better(place[0], known.pack_no, but):
                    found[short[prefix]] = Location(*place, *rest)
        return found

    def pack(self, pack_no: int) -> PackInfo:
        """A pack by the number that its locations carry."""
        query = "SELECT name, size, header FROM packs WHERE no = ?"
        with self._reading() as db:
            row = db.execute(query, (pack_no,)).fetchone()
        if row is None:
            raise MissingPackError("a pack left the local index while it was read")
        return PackInfo(row[0], row[1], PackHeader.decode(row[2]))

    def find_pack(self, name: bytes) -> PackInfo | None:
        """A pack by its name; None when no segment names it."""
        query = "SELECT name, size, header FROM packs WHERE name = ?"
        with self._reading() as db:
            row = db.execute(query, (name,)).fetchone()
        return None if row is None else PackInfo(row[0], row[1], PackHeader.decode(row[2]))

    def contents(self, keys: Sequence[tuple[bytes, int]]) -> list[bytes | None]:
        """The encoded contents stored under (digest, size) pairs, in their order."""
        query = "SELECT content, checksum FROM contents WHERE digest = ? AND size = ?"
        with self._reading() as db:
            execute = db.execute
            rows = [execute(query, key).fetchone() for key in keys]
        for row in rows:
            if row is not None and crc32(row[0]) != row[1]:
                raise self._unusable(sqlite3.DatabaseError("a checksum is wrong"))
        return [None if row is None else row[0] for row in rows]

    def drop_stale_contents(self) -> int:
        """Delete records of contents of which a chunk or list is in no pack; how many."""
        gone: list[tuple[bytes, int]] = []
        after: tuple[bytes, int] = (b"", -1)
        query = (
            "SELECT digest, size, content FROM contents WHERE (digest, size) > (?, ?)"
            " ORDER BY digest, size LIMIT ?"
        )
        while True:
            with self._reading() as db:
                rows = db.execute(query, (*after, _NAMES_AT_ONCE)).fetchall()
            if not rows:
                break
            named = {(digest, size): named_ids(encoded) for digest, size, encoded in rows}
            known = self.contains([one for ids in named.values() for one in ids])
            gone += [key for key, ids in named.items() if not known.issuperset(ids)]
            after = rows[-1][:2]
        with self._transaction() as db:
            db.executemany("DELETE FROM contents WHERE digest = ? AND size = ?", gone)
        return len(gone)

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables, unless they are there for this repository in this format."""
        db.execute("PRAGMA synchronous = NORMAL")
        db.execute("PRAGMA cache_size = -16000")
        db.execute("BEGIN IMMEDIATE")
        marker = f"{_FORMAT} {self._repository_id.hex()}"
        db.execute("CREATE TABLE IF NOT EXISTS cache (marker TEXT NOT NULL)")
        row = db.execute("SELECT marker FROM cache").fetchone()
        if row is None or row[0] != marker:
            tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT IN ('cache', 'sqlite_sequence')"
            for (table,) in db.execute(tables).fetchall():
                db.execute(f'DROP TABLE "{table}"')
            for statement in _SCHEMA.split(";"):
                db.execute(statement)
            db.execute("DELETE FROM cache")
            db.execute("INSERT INTO cache (marker) VALUES (?)", (marker,))
        db.execute("COMMIT")

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the local index at {self._path} cannot be used: {error}",
            hint="Check space and permissions of the cache folder; the file may be deleted, it is "
            "made again from the repository.",
        )


def _batches(ids: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(ids), _BATCH):
        yield ids[start : start + _BATCH]
