"""The stage: what Dropbox listed of one namespace, on its way into a snapshot.

A page of a listing and the cursor behind it are written in one transaction, so that a killed
listing goes on behind its last page. The stage holds either everything there is (*full*: first
listing, or one after a cursor reset) or what changed since the parent snapshot (*delta*).

Rows keep the caller's encoded entries as opaque bytes; the contents of files are kept beside them
(`contents`) once they are known to be durable. The file can be deleted at any time: the next run
lists again.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from dropally.catalog import database
from dropally.catalog.contents import SCHEMA, Need, StagedContents
from dropally.catalog.database import Transaction
from dropally.catalog.staged_page import (
    UNLESS_STAGED,
    UPSERT,
    DeletedPath,
    PageBatch,
    StagedItem,
    as_row,
)

_SCHEMA_VERSION = 2
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
  seq INTEGER PRIMARY KEY,
  path TEXT NOT NULL UNIQUE,          -- as the server lower-cased it
  gone INTEGER NOT NULL DEFAULT 0,    -- deleted (kept in a delta only)
  cleared INTEGER NOT NULL DEFAULT 0, -- nothing the parent snapshot holds below this path is left
  folder INTEGER NOT NULL DEFAULT 0,
  entry BLOB,
  fingerprint BLOB,                   -- content hash; NULL where Dropbox gives none
  size INTEGER NOT NULL DEFAULT 0,
  need INTEGER NOT NULL DEFAULT 0,    -- Need
  failure TEXT
);
"""
_CHANGES = (
    "SELECT item.path, item.entry, content.content, item.failure FROM item LEFT JOIN content"
    " ON item.need = 1 AND content.fingerprint = item.fingerprint AND content.size = item.size"
)
_READ_ROWS = 2000
_LARGE_PAGES = 4096


class StagedChange(NamedTuple):
    """One row on its way into the tree. `entry` is None for a deletion."""

    path: str
    entry: bytes | None
    content: bytes | None
    failure: str | None


class Stage:
    """The staged listing of one namespace. One owner at a time; it may pass between threads."""

    def __init__(
        self, path: Path, *, parent: str, parent_cursor: str | None, is_small: bool = False
    ) -> None:
        """Open what an interrupted run left, if it builds on `parent`; else begin anew.

        `parent` names the snapshot ("" for none) and `parent_cursor` is where its listing ended.
        `is_small`: stay in memory, since all there is to list is one page: listing it again is
        cheaper than a file, of which a large team would need tens of thousands.
        """
        self._path = path
        self._is_in_memory = is_small
        self._connection = self._open()
        # The last path staged, as far as this run knows: "" of an empty stage.
        self._highest: str | None = None
        self.contents = StagedContents(self._connection)
        if not self._get("mode") or self._get("parent") != parent:
            self.begin(parent, parent_cursor)

    def _open(self) -> sqlite3.Connection:
        if self._is_in_memory:
            return _prepared(database.connect_in_memory())
        try:
            return _connect(self._path)
        except sqlite3.DatabaseError:
            # Not a database (a full disk, a bad sector), or one of another release: it only ever
            # held what can be listed again.
            database.remove(self._path)
            return _connect(self._path)

    def close(self) -> None:
        """Close the file; it stays for the next run."""
        self._connection.close()

    def remove(self) -> None:
        """Close and delete the file: all that it held is in a snapshot."""
        self._connection.close()
        if not self._is_in_memory:
            database.remove(self._path)

    # -- state -----------------------------------------------------------------------------

    @property
    def cursor(self) -> str | None:
        """Where the listing goes on; None before its first page."""
        return self._get("cursor") or None

    @property
    def is_full(self) -> bool:
        """True if the rows are all there is, False if they are changes to the parent snapshot."""
        return self._get("mode") == "full"

    @property
    def ended(self) -> bool:
        """True once the listing reached its end; only then do missing rows mean deletions."""
        return self._get("ended") == "1"

    @property
    def was_reset(self) -> bool:
        """True if Dropbox gave up the parent snapshot's cursor."""
        return self._get("reset") == "1"

    def settle_on(self, generation: int) -> None:
        """Contents stored here count for this generation of the repository's condemned packs only.

        What an earlier run stored is in no snapshot yet, so that its space may have been freed.
        """
        if self._get("generation") != str(generation):
            self.contents.want_stored_again()
            self._set("generation", str(generation))

    def begin(self, parent: str, parent_cursor: str | None) -> None:
        """Forget all rows; stage what comes after `parent` and its cursor."""
        self._shrink()
        with Transaction(self._connection):
            self._connection.execute("DELETE FROM item")
            self._highest = ""
            self._connection.execute("DELETE FROM about")
            self.contents.forget()
            self._set("parent", parent)
            self._set("cursor", parent_cursor or "")
            self._set("mode", "delta" if parent_cursor else "full")

    def _shrink(self) -> None:
        """A listing of millions leaves a large file; those behind it need little of that."""
        if self._connection.execute("PRAGMA page_count").fetchone()[0] > _LARGE_PAGES:
            self.remove()
            self._reopen()

    def _reopen(self) -> None:
        self._connection = self._open()
        self.contents = StagedContents(self._connection)

    def begin_again(self) -> None:
        """Dropbox no longer knows the cursor: list everything, on the same parent snapshot."""
        parent = self._get("parent")
        if self._is_in_memory:  # everything may be a lot
            self.remove()
            self._is_in_memory = False
            self._reopen()
        self.begin(parent, None)
        self._set("reset", "1")

    # -- listing ---------------------------------------------------------------------------

    def apply_page(self, page: Iterable[StagedItem | DeletedPath], cursor: str) -> None:
        """Apply one page strictly in its order, together with the cursor behind it.

        The rules are those of Dropbox's files/list_folder: a file replaces what is there and
        removes its children; a folder keeps them; a deletion takes the path and all below.
        """
        with Transaction(self._connection):
            batch = PageBatch()
            for item in page:
                if isinstance(item, DeletedPath):
                    self._flush(batch)
                    self._delete(item.path)
                    continue
                if not item.is_folder and (
                    batch.has_below(item.path) or self._has_below(item.path)
                ):
                    self._flush(batch)
                    self._delete(item.path)
                batch.add(item)
            self._flush(batch)
            self._set("cursor", cursor)
            self._set("ended", "0")

    def end_listing(self) -> None:
        """The last page said that there is no more."""
        self._set("ended", "1")

    def _flush(self, batch: PageBatch) -> None:
        if not batch.rows:
            return
        self._connection.executemany(UPSERT, batch.rows.values())
        if self._highest is not None:
            self._highest = max(self._highest, *batch.rows)
        batch.clear()

    def _has_below(self, path: str) -> bool:
        # A listing mostly comes in the order of paths: nothing is staged behind the last one.
        if self._highest is not None and path > self._highest:
            return False
        query = "SELECT 1 FROM item WHERE path > ? AND path < ? LIMIT 1"
        return self._connection.execute(query, (path + "/", path + "0")).fetchone() is not None

    def _delete(self, path: str) -> None:
        self._connection.execute(
            "DELETE FROM item WHERE path > ? AND path < ?", (path + "/", path + "0")
        )
        if self.is_full:
            self._connection.execute("DELETE FROM item WHERE path = ?", (path,))
        else:
            self._connection.execute(UPSERT, (path, 1, 1, 0, None, None, 0, Need.NOTHING))

    # -- deletions of a delta --------------------------------------------------------------

    def cleared_paths(self) -> list[str]:
        """Paths below which the parent snapshot's entries are gone unless listed again."""
        return [row[0] for row in self._connection.execute("SELECT path FROM item WHERE cleared")]

    def ending_paths(self) -> Iterator[str]:
        """Deleted paths and files, by path: a folder the parent snapshot has there has ended."""
        query = "SELECT path FROM item WHERE cleared OR (NOT gone AND NOT folder) ORDER BY path"
        for (path,) in self._read(query):
            yield path

    def mark_cleared(self, paths: Iterable[str]) -> None:
        """These paths were folders in the parent snapshot and are files now."""
        with Transaction(self._connection):
            self._connection.executemany(
                "UPDATE item SET cleared = 1 WHERE path = ?", ((path,) for path in paths)
            )

    def add_gone(self, paths: Iterable[str]) -> None:
        """Record deletions for paths that no row speaks about."""
        with Transaction(self._connection):
            self._connection.executemany(
                "INSERT OR IGNORE INTO item (path, gone) VALUES (?, 1)", ((path,) for path in paths)
            )

    def add_folders(self, folders: Iterable[tuple[str, bytes]]) -> None:
        """Put folders, with their encoded entries, that the listing never named but implies."""
        self._highest = None
        with Transaction(self._connection):
            self._connection.executemany(
                UPSERT,
                ((path, 0, 0, 1, entry, None, 0, Need.NOTHING) for path, entry in folders),
            )

    def listed(self) -> Iterator[tuple[str, bytes]]:
        """Every path that was listed as there, with its encoded entry, by path."""
        yield from self._read("SELECT path, entry FROM item WHERE NOT gone ORDER BY path")

    def leave_out(self, paths: Iterable[str]) -> None:
        """Treat these paths, with all below them, as if they were deleted."""
        with Transaction(self._connection):
            for path in paths:
                self._delete(path)

    def is_gone(self, path: str) -> bool:
        """True if the listing said that this path is deleted."""
        query = "SELECT 1 FROM item WHERE path = ? AND gone = 1"
        return self._connection.execute(query, (path,)).fetchone() is not None

    def add_items(self, items: Iterable[StagedItem]) -> None:
        """Stage items that no page named (a retry of an earlier failure) unless one did."""
        self._highest = None
        with Transaction(self._connection):
            self._connection.executemany(
                UNLESS_STAGED,
                (as_row(item) for item in items),
            )

    # -- sealing ---------------------------------------------------------------------------

    def is_empty(self) -> bool:
        """True if nothing was listed or retried since `begin`."""
        return self._connection.execute("SELECT 1 FROM item LIMIT 1").fetchone() is None

    def count(self) -> int:
        """How many rows there are."""
        return int(self._connection.execute("SELECT count(*) FROM item").fetchone()[0])

    def parents(self) -> Iterator[str]:
        """The folders of what was listed as there, by path; one may come more than once."""
        # Nothing is kept as gone in a full listing, and without asking the index alone is read.
        query = "SELECT path FROM item ORDER BY path"
        if not self.is_full:
            query = "SELECT path FROM item WHERE gone = 0 ORDER BY path"
        last = ""
        for (path,) in self._read(query):
            parent = path.rpartition("/")[0]
            if parent != last:
                last = parent
                yield parent

    def is_folder(self, path: str) -> bool:
        """True if a folder was listed at this path."""
        query = "SELECT 1 FROM item WHERE path = ? AND folder = 1 AND gone = 0"
        return self._connection.execute(query, (path,)).fetchone() is not None

    def changes(self) -> Iterator[StagedChange]:
        """Every row by path (the bytes of its UTF-8), as the tree wants its changes."""
        yield from map(StagedChange._make, self._read(f"{_CHANGES} ORDER BY item.path"))

    def get(self, path: str) -> StagedChange | None:
        """What the listing said about one path."""
        row = self._connection.execute(f"{_CHANGES} WHERE item.path = ?", (path,)).fetchone()
        return StagedChange(*row) if row else None

    def _read(self, query: str) -> Iterator[tuple[Any, ...]]:
        # A named result set per reader; rows come in batches to keep per-row cost small.
        cursor = self._connection.execute(query)
        while rows := cursor.fetchmany(_READ_ROWS):
            yield from rows

    # -- plumbing --------------------------------------------------------------------------

    def _get(self, key: str) -> str:
        row = self._connection.execute("SELECT value FROM about WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else ""

    def _set(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))


def _prepare(connection: sqlite3.Connection) -> None:
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    if version not in {0, _SCHEMA_VERSION}:
        raise sqlite3.DatabaseError("the schema of another release")
    connection.executescript(_SCHEMA + SCHEMA)
    connection.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")


def _connect(path: Path) -> sqlite3.Connection:
    return _prepared(database.connect(path))


def _prepared(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        _prepare(connection)
    except BaseException:
        connection.close()
        raise
    return connection
