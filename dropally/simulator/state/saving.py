"""State that survives a restart: one SQLite file, written a moment behind.

Changes are collected in order and written in one transaction several times a second, so whatever
kills the process, the file holds the state of some recent moment, never half a change. Small
contents are saved here too; larger ones are files, written before any change that names them.
"""

import sqlite3
from pathlib import Path
from typing import Any

import msgspec

from dropally.common.errors import UsageError
from dropally.simulator.state.entry import Entry, encode_entry
from dropally.simulator.state.tables import Table

VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS row(tbl TEXT, key TEXT, data BLOB, PRIMARY KEY(tbl, key));
CREATE TABLE IF NOT EXISTS live(ns TEXT, path TEXT, data BLOB, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS own_folder(ns TEXT, path TEXT, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS grave(ns TEXT, path TEXT, data BLOB, PRIMARY KEY(ns, path));
CREATE TABLE IF NOT EXISTS journal(seq INTEGER PRIMARY KEY, data BLOB);
CREATE TABLE IF NOT EXISTS content(digest TEXT PRIMARY KEY, data BLOB);
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
_PUT_CONTENT = "INSERT OR IGNORE INTO content VALUES(?, ?)"
_FIND_CONTENT = "SELECT data FROM content WHERE digest = ?"
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
    """Open or create the state file, for this process alone. Raises UsageError."""
    database = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    try:
        # Exclusive: two simulators on one folder would each undo what the other did.
        database.execute("PRAGMA locking_mode = EXCLUSIVE")
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        (version,) = database.execute("PRAGMA user_version").fetchone()
        if version in (0, VERSION):
            database.executescript(SCHEMA)
            database.execute(f"PRAGMA user_version = {VERSION}")
            return database
    except sqlite3.Error as error:
        database.close()
        raise UsageError(
            f"The simulator's state {path} cannot be opened: {error}.",
            hint="Is another simulator using the folder? Otherwise choose another --state folder.",
        ) from error
    database.close()
    raise UsageError(
        f"The simulator's state {path} has version {version}; this program knows {VERSION}.",
        hint="Choose another --state folder, or the version of Dropally that wrote this one.",
    )


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

    def put_content(self, digest: str, data: bytes) -> None:
        """A content that is too small for a file of its own."""
        self._add(_PUT_CONTENT, digest, data)

    def find_content(self, digest: str) -> bytes | None:
        """A small content that was written."""
        rows = self.database.execute(_FIND_CONTENT, (digest,)).fetchall()
        return rows[0][0] if rows else None

    def flush(self, tables: dict[str, Table[object]], meta: dict[str, msgspec.Struct]) -> None:
        """Write everything that changed, in one transaction; after an error, all of it next time.

        Raises sqlite3.Error.
        """
        for name, table in tables.items():
            for key, data in table.drain():
                if data is None:
                    self._add(_REMOVE_ROW, name, key)
                else:
                    self._add(_PUT_ROW, name, key, data)
        encoded = {key: msgspec.json.encode(value) for key, value in meta.items()}
        if not self._pending and encoded == self._meta:
            return
        for key, data in encoded.items():
            self._add(_PUT_ROW, META, key, data)
        self.database.execute("BEGIN")
        try:
            for statement, values in self._pending:
                self.database.execute(statement, values)
            self.database.execute("COMMIT")
        except sqlite3.Error:
            if self.database.in_transaction:
                self.database.execute("ROLLBACK")
            raise
        self._pending.clear()
        self._meta = encoded

    def close(self) -> None:
        """Let go of the file."""
        self.database.close()

    def _add(self, statement: str, *values: Any) -> None:
        self._pending.append((statement, values))
