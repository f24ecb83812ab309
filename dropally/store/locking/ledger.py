"""Until when each object is locked, as far as this machine knows: one SQLite file.

Asking the bucket object by object would cost a call each, every day. A lost ledger costs that once.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from dropally.store.backend import Lock, LockMode
from dropally.store.errors import StoreError
from dropally.store.local_database import LocalDatabase

_FORMAT = "1"
_SCHEMA = """
CREATE TABLE about (repository TEXT NOT NULL, format TEXT NOT NULL);
CREATE TABLE objects (key TEXT PRIMARY KEY, version TEXT NOT NULL, size INTEGER NOT NULL,
    needed INTEGER NOT NULL, until INTEGER NOT NULL DEFAULT 0, mode TEXT NOT NULL DEFAULT '',
    looked INTEGER NOT NULL DEFAULT 0, round INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
"""
_BATCH = 2_000


class SeenObject(NamedTuple):
    """The newest version of an object. `is_needed`: restore points need it, or may."""

    key: str
    version: str
    size_bytes: int
    is_needed: bool


class Locked(NamedTuple):
    """What is known of an object's lock. `lock` None: it has none; `is_known` False: nobody looked."""

    key: str
    version: str
    size_bytes: int
    lock: Lock | None
    is_known: bool


class LockTotals(NamedTuple):
    """Of many objects: how many, their bytes, and the first and last end of their locks."""

    objects: int
    size_bytes: int
    oldest: datetime | None
    newest: datetime | None


class LockLedger(LocalDatabase):
    """Locks by key. Safe for threads; one process at a time extends."""

    def __init__(self, path: Path | None, repository_id: str) -> None:
        """`path` None: kept as long as this object. A damaged file is made anew."""
        self._repository_id = repository_id
        super().__init__(path, timeout_s=60)

    def take_stock(self, objects: Iterable[SeenObject]) -> None:
        """Say which objects there are; others are struck off. A new version has a new lock."""
        with self._reading() as db:
            (last,) = db.execute("SELECT coalesce(max(round), 0) FROM objects").fetchone()
        insert = (
            "INSERT INTO objects (key, version, size, needed, round) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (key) DO UPDATE SET "
            "until = CASE WHEN version = excluded.version THEN until ELSE 0 END, "
            "mode = CASE WHEN version = excluded.version THEN mode ELSE '' END, "
            "looked = CASE WHEN version = excluded.version THEN looked ELSE 0 END, "
            "version = excluded.version, size = excluded.size, needed = excluded.needed, "
            "round = excluded.round"
        )
        remaining = iter(objects)
        while batch := [(*seen, last + 1) for seen in islice(remaining, _BATCH)]:
            with self._transaction() as db:
                db.executemany(insert, batch)
        with self._transaction() as db:
            db.execute("DELETE FROM objects WHERE round <= ?", (last,))

    def forget_locks(self) -> None:
        """Look at every object anew."""
        with self._transaction() as db:
            db.execute("UPDATE objects SET until = 0, mode = '', looked = 0")

    def due(self, before: datetime) -> Iterator[list[Locked]]:
        """Needed objects whose lock ends before a time, or was never looked at; in batches by key."""
        query = (
            "SELECT key, version, size, until, mode, looked FROM objects "
            "WHERE key > ? AND needed AND until < ? ORDER BY key LIMIT ?"
        )
        last = ""
        while True:
            with self._reading() as db:
                rows = db.execute(query, (last, int(before.timestamp()), _BATCH)).fetchall()
            if not rows:
                return
            last = rows[-1][0]
            yield [_locked(row) for row in rows]

    def note(self, locks: Sequence[tuple[str, Lock | None]]) -> None:
        """What was found out, or done."""
        rows = [
            (int(lock.until.timestamp()) if lock else 0, lock.mode if lock else "", key)
            for key, lock in locks
        ]
        with self._transaction() as db:
            db.executemany("UPDATE objects SET until = ?, mode = ?, looked = 1 WHERE key = ?", rows)

    def totals(self, *, until_before: datetime | None = None) -> LockTotals:
        """Of the needed objects, or of those whose lock ends before a time."""
        limit = int(until_before.timestamp()) if until_before else 1 << 62
        query = (
            "SELECT count(*), coalesce(sum(size), 0), min(until), max(until) FROM objects "
            "WHERE needed AND until < ?"
        )
        with self._reading() as db:
            count, size, oldest, newest = db.execute(query, (limit,)).fetchone()
        return LockTotals(count, size, _moment(oldest), _moment(newest))

    def first_keys(self, until_before: datetime, most: int) -> list[str]:
        """Some needed objects whose lock ends before a time."""
        query = "SELECT key FROM objects WHERE needed AND until < ? ORDER BY key LIMIT ?"
        with self._reading() as db:
            rows = db.execute(query, (int(until_before.timestamp()), most)).fetchall()
        return [key for (key,) in rows]

    def locks_of(self, keys: Iterable[str]) -> Iterator[Locked]:
        """What is known of these objects; others are passed over."""
        query = "SELECT key, version, size, until, mode, looked FROM objects WHERE key = ?"
        for key in keys:
            with self._reading() as db:
                row = db.execute(query, (key,)).fetchone()
            if row is not None:
                yield _locked(row)

    def needed_among(self, keys: Iterable[str]) -> set[str]:
        """Those of the keys that were needed when stock was last taken."""
        query = "SELECT 1 FROM objects WHERE key = ? AND needed"
        with self._reading() as db:
            return {key for key in keys if db.execute(query, (key,)).fetchone()}

    def keep(self, name: str, fact: bytes) -> None:
        """Remember something small under a name, in place of what was there."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, fact))

    def kept(self, name: str) -> bytes | None:
        """What was remembered under a name."""
        with self._reading() as db:
            row = db.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return None if row is None else row[0]

    def _prepare(self, db: sqlite3.Connection) -> None:
        with suppress(sqlite3.OperationalError):  # no such table: it is new
            row: object = db.execute("SELECT repository, format FROM about").fetchone()
            if row == (self._repository_id, _FORMAT):
                return
        db.execute("BEGIN IMMEDIATE")
        for table in ("about", "objects", "facts"):
            db.execute(f"DROP TABLE IF EXISTS {table}")
        for statement in _SCHEMA.split(";"):
            db.execute(statement)
        db.execute("INSERT INTO about VALUES (?, ?)", (self._repository_id, _FORMAT))
        db.execute("COMMIT")

    def _unusable(self, error: sqlite3.Error) -> StoreError:
        return StoreError(
            f"the list of locks at {self._path} cannot be kept: {error}",
            hint="Check space and permissions of the folder; the file may be deleted.",
        )


def _locked(row: tuple[str, str, int, int, LockMode, int]) -> Locked:
    key, version, size, until, mode, looked = row
    end = _moment(until)
    return Locked(key, version, size, Lock(mode, end) if end else None, bool(looked))


def _moment(stamp: int | None) -> datetime | None:
    return datetime.fromtimestamp(stamp, UTC) if stamp else None
