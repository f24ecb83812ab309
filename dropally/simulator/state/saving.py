"""State that survives a restart: one SQLite file, written a moment behind.

Changes are collected in order and written in one transaction several times a second, so whatever
kills the process, the file holds the state of some recent moment, never half a change. Bytes of
files are in the content store, which writes them before any change that names them.
"""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from dropally.simulator.state.entry import Entry, encode_entry
from dropally.simulator.state.tables import Table

SCHEMA = """
CREATE TABLE IF NOT EXISTS row(tbl TEXT, key TEXT, data BLOB, PRIMARY KEY(tbl, key));
CREATE TABLE IF NOT EXISTS live(ns TEXT, path TEXT, data BLOB, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS own_folder(ns TEXT, path TEXT, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS grave(ns TEXT, path TEXT, data BLOB, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS journal(seq INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE IF NOT EXISTS revision(number INTEGER PRIMARY KEY, rev TEXT UNIQUE, data BLOB);
"""
# Rows of `row` and `revision` keep their number when they are replaced: it is their age.
_PUT_ROW = (
    "INSERT INTO row(tbl, key, data) VALUES(?, ?, ?)"
    " ON CONFLICT(tbl, key) DO UPDATE SET data = excluded.data"
)
_REMOVE_ROW = "DELETE FROM row WHERE tbl = ? AND key = ?"
_PUT_LIVE = "INSERT OR REPLACE INTO live VALUES(?, ?, ?)"
_PUT_OWN = "INSERT OR IGNORE INTO own_folder VALUES(?, ?)"
_PUT_GRAVE = "INSERT OR REPLACE INTO grave VALUES(?, ?, ?)"
_REMOVE_GRAVE = "DELETE FROM grave WHERE ns = ? AND path = ?"
_PUT_JOURNAL = "INSERT INTO journal VALUES(?, ?)"
_PUT_REVISION = (
    "INSERT INTO revision(rev, data) VALUES(?, ?)"
    " ON CONFLICT(rev) DO UPDATE SET data = excluded.data"
)
# '0' is the character behind '/': the range is everything below the folder.
_AT_OR_BELOW = "WHERE ns = ? AND (path = ? OR (path > ? || '/' AND path < ? || '0'))"
_REMOVE_LIVE = f"DELETE FROM live {_AT_OR_BELOW}"  # noqa: S608 - no input in it
_REMOVE_OWN = f"DELETE FROM own_folder {_AT_OR_BELOW}"  # noqa: S608
_REMOVE_NS = tuple(f"DELETE FROM {table} WHERE ns = ?" for table in ("live", "own_folder", "grave"))  # noqa: S608

META = "meta"
"""The table name under which counters, knobs and the clock are rows."""


def open_database(path: Path) -> sqlite3.Connection:
    """Open or create the state file."""
    database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA synchronous = NORMAL")
    database.executescript(SCHEMA)
    return database


class Saver:
    """Collects changes; `flush` writes them."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self.database = database
        self._pending: list[tuple[str, tuple[Any, ...]]] = []
        self._meta: dict[str, bytes] = {}

    def put(self, entry: Entry) -> None:
        """An entry took its place in a tree."""
        self._add(_PUT_LIVE, entry.ns, entry.path_lower, encode_entry(entry))

    def remove(self, ns: str, path: str) -> None:
        """An entry left its tree, with all below it."""
        self._add(_REMOVE_LIVE, ns, path, path, path)
        self._add(_REMOVE_OWN, ns, path, path, path)

    def own(self, ns: str, path: str) -> None:
        """A folder's children no longer come from the tree's base."""
        self._add(_PUT_OWN, ns, path)

    def drop_namespace(self, ns: str) -> None:
        """A namespace is gone for good."""
        for statement in _REMOVE_NS:
            self._add(statement, ns)

    def bury(self, grave: Entry) -> None:
        """The trace of a deletion."""
        self._add(_PUT_GRAVE, grave.ns, grave.path_lower, encode_entry(grave))

    def unbury(self, ns: str, path: str) -> None:
        """Something is there again."""
        self._add(_REMOVE_GRAVE, ns, path)

    def journal(self, seq: int, entry: Entry) -> None:
        """A change was recorded."""
        self._add(_PUT_JOURNAL, seq, encode_entry(entry))

    def revision(self, entry: Entry) -> None:
        """A revision became known, or moved to another namespace."""
        self._add(_PUT_REVISION, entry.rev, encode_entry(entry))

    def flush(self, tables: dict[str, Table[object]], meta: dict[str, msgspec.Struct]) -> None:
        """Write everything that changed, in one transaction."""
        for name, table in tables.items():
            for key, data in table.drain():
                if data is None:
                    self._add(_REMOVE_ROW, name, key)
                else:
                    self._add(_PUT_ROW, name, key, data)
        encoded = {key: msgspec.json.encode(value) for key, value in meta.items()}
        if not self._pending and encoded == self._meta:
            return
        self._meta = encoded
        for key, data in encoded.items():
            self._add(_PUT_ROW, META, key, data)
        pending, self._pending = self._pending, []
        with self.database:
            self.database.execute("BEGIN")
            for statement, values in pending:
                self.database.execute(statement, values)

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def _add(self, statement: str, *values: Any) -> None:
        self._pending.append((statement, values))
