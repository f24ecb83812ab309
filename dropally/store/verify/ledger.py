"""When each pack was last found good, or what is wrong with it: one SQLite file on this machine.

It is this machine's own knowledge, so it is not kept on the backend: whoever could change packs
there could change their certificates too. A lost ledger costs nothing but looking again.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dropally.store.errors import StoreError
from dropally.store.local_database import LocalDatabase
from dropally.store.pack import pack_key
from dropally.store.verify.findings import Finding, Level, VerifiedShare

_FORMAT = "1"
_SCHEMA = """
CREATE TABLE about (repository TEXT NOT NULL, format TEXT NOT NULL);
CREATE TABLE packs (name BLOB PRIMARY KEY, size INTEGER NOT NULL, hashed INTEGER NOT NULL DEFAULT 0,
    opened INTEGER NOT NULL DEFAULT 0, damage TEXT NOT NULL DEFAULT '', positions BLOB,
    round INTEGER NOT NULL, run INTEGER NOT NULL DEFAULT 0) WITHOUT ROWID;
CREATE INDEX packs_by_hashed ON packs (hashed);
CREATE INDEX packs_by_opened ON packs (opened);
CREATE INDEX packs_damaged ON packs (name) WHERE damage <> '';
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE sources (source TEXT PRIMARY KEY, checked INTEGER NOT NULL) WITHOUT ROWID;
"""
_BATCH = 5_000
_COLUMN = {Level.HASHES: "hashed", Level.CHUNKS: "opened"}


class DuePack(NamedTuple):
    """A pack that is to be looked at."""

    name: bytes
    size_bytes: int


class DamagedPack(NamedTuple):
    """A pack known to be damaged. `positions`: its blobs concerned, None for all of them."""

    name: bytes
    size_bytes: int
    why: str
    positions: frozenset[int] | None


class VerifyLedger(LocalDatabase):
    """Results by pack. Safe for threads; one process at a time verifies."""

    def __init__(self, path: Path | None, repository_id: str) -> None:
        """`path` None: results are kept as long as this object. A damaged file is made anew."""
        self._repository_id = repository_id
        self._run = 0
        super().__init__(path, timeout_s=60)

    def take_stock(self, packs: Iterable[tuple[bytes, int]]) -> None:
        """Say which packs there are (names and sizes); others are struck off."""
        with self._reading() as db:
            (last,) = db.execute("SELECT coalesce(max(round), 0) FROM packs").fetchone()
        insert = (
            "INSERT INTO packs (name, size, round) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET round = excluded.round"
        )
        remaining = iter(packs)
        # A listing takes long: nobody is kept waiting by it.
        while batch := [(name, size, last + 1) for name, size in islice(remaining, _BATCH)]:
            with self._transaction() as db:
                db.executemany(insert, batch)
        with self._transaction() as db:
            db.execute("DELETE FROM packs WHERE round <= ?", (last,))

    def keep(self, name: str, fact: bytes) -> None:
        """Remember something small under a name, in place of what was there."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, fact))

    def kept(self, name: str) -> bytes | None:
        """What was remembered under a name."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def due(self, level: Level, before: datetime | None = None) -> Iterator[DuePack]:
        """Packs not found good at this level since `before` (None: all), oldest first.

        Results may be noted while this is read: no pack comes twice.
        """
        column = _COLUMN[level]
        with self._transaction() as db:
            (last,) = db.execute("SELECT coalesce(max(run), 0) FROM packs").fetchone()
        self._run = last + 1
        limit = int(before.timestamp()) if before else 1 << 62
        query = (
            f"SELECT {column}, name, size FROM packs WHERE ({column}, name) > (?, ?) "  # noqa: S608 - a name of ours
            f"AND {column} < ? AND run < ? ORDER BY {column}, name LIMIT {_BATCH}"
        )
        mark: tuple[int, bytes] = (-1, b"")
        while True:
            with self._reading() as db:
                rows = db.execute(query, (*mark, limit, self._run)).fetchall()
            if not rows:
                return
            mark = (rows[-1][0], rows[-1][1])
            yield from (DuePack(name, size) for _, name, size in rows)

    def note_good(self, packs: Sequence[tuple[bytes, Level]], at: datetime) -> None:
        """These packs were found good at these levels."""
        stamp = int(at.timestamp())
        with self._transaction() as db:
            for name, level in packs:
                opened = ", opened = ?2" if level is Level.CHUNKS else ""
                db.execute(
                    f"UPDATE packs SET hashed = ?2{opened}, damage = '', positions = NULL, "  # noqa: S608
                    "run = ?3 WHERE name = ?1",
                    (name, stamp, self._run),
                )

    def note_damaged(
        self, name: bytes, size_bytes: int, why: str, positions: frozenset[int] | None
    ) -> None:
        """A pack is damaged; it counts as never verified."""
        packed = None
        if positions is not None:
            packed = b"".join(position.to_bytes(4, "big") for position in sorted(positions))
        with self._transaction() as db:
            (last,) = db.execute("SELECT coalesce(max(round), 0) FROM packs").fetchone()
            db.execute(
                "INSERT INTO packs (name, size, damage, positions, round) VALUES (?, ?, ?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET damage = excluded.damage, hashed = 0, "
                "opened = 0, positions = excluded.positions",
                (name, size_bytes, why, packed, last),
            )

    def forget(self, name: bytes) -> None:
        """A pack left the repository."""
        with self._transaction() as db:
            db.execute("DELETE FROM packs WHERE name = ?", (name,))

    def damaged(self) -> list[DamagedPack]:
        """The packs known to be damaged, by name."""
        query = "SELECT name, size, damage, positions FROM packs WHERE damage <> '' ORDER BY name"
        with self._reading() as db:
            rows = db.execute(query).fetchall()
        return [
            DamagedPack(name, size, why, _positions(packed)) for name, size, why, packed in rows
        ]

    def sources_checked(self) -> dict[str, datetime]:
        """When the trees of each source were last found whole."""
        with self._reading() as db:
            rows = db.execute("SELECT source, checked FROM sources").fetchall()
        return {source: datetime.fromtimestamp(at, UTC) for source, at in rows}

    def note_source(self, source: str, at: datetime) -> None:
        """The trees of a source were walked."""
        with self._transaction() as db:
            db.execute(
                "INSERT OR REPLACE INTO sources VALUES (?, ?)", (source, int(at.timestamp()))
            )

    def share(self, since: datetime) -> VerifiedShare:
        """How much was found good since a time."""
        query = (
            "SELECT count(*), coalesce(sum(size), 0), "
            "count(*) FILTER (WHERE hashed >= ?1), "
            "coalesce(sum(size) FILTER (WHERE hashed >= ?1), 0), "
            "count(*) FILTER (WHERE opened >= ?1), "
            "coalesce(sum(size) FILTER (WHERE opened >= ?1), 0), min(hashed) FROM packs"
        )
        with self._reading() as db:
            row = db.execute(query, (int(since.timestamp()),)).fetchone()
        damaged = tuple(Finding(pack_key(pack.name), pack.why) for pack in self.damaged())
        oldest = datetime.fromtimestamp(row[6], UTC) if row[6] else None
        packs, size, hashed, hashed_bytes, opened, opened_bytes, _ = row
        return VerifiedShare(
            packs, size, hashed, hashed_bytes, opened, opened_bytes, damaged, oldest
        )

    def _prepare(self, db: sqlite3.Connection) -> None:
        if not _is_prepared(db, self._repository_id):
            db.execute("BEGIN IMMEDIATE")
            _make_tables(db, self._repository_id)
            db.execute("COMMIT")

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the results of verifying at {self._path} cannot be kept: {error}",
            hint="Check space and permissions of the folder; the file may be deleted.",
        )


def _is_prepared(db: sqlite3.Connection, repository_id: str) -> bool:
    """Whether the tables are there for this repository."""
    if "about" not in _tables(db):
        return False
    row: object = db.execute("SELECT repository, format FROM about").fetchone()
    return row == (repository_id, _FORMAT)


def _make_tables(db: sqlite3.Connection, repository_id: str) -> None:
    """Make the tables, unless another process did so meanwhile."""
    if _is_prepared(db, repository_id):
        return
    for table in _tables(db):
        db.execute(f'DROP TABLE "{table}"')
    for statement in _SCHEMA.split(";"):
        db.execute(statement)
    db.execute("INSERT INTO about VALUES (?, ?)", (repository_id, _FORMAT))


def _tables(db: sqlite3.Connection) -> set[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table'"
    return {name for (name,) in db.execute(query)}


def _positions(packed: bytes | None) -> frozenset[int] | None:
    if packed is None:
        return None
    return frozenset(int.from_bytes(packed[at : at + 4], "big") for at in range(0, len(packed), 4))
