"""Which contents the files of a stage still lack, each distinct one once.

A million files may share a hundred contents, and one content may be a million files' only one: so
a content is one row here, by fingerprint and size, whatever number of files has it. Everything
that concerns many files is one statement of SQL.
"""

import sqlite3
from collections.abc import Collection, Iterable
from enum import IntEnum
from typing import NamedTuple

from dropally.catalog.database import Transaction

# `seq` is the first file that has the content: the one to fetch it from.
SCHEMA = """
CREATE TABLE IF NOT EXISTS content (
  fingerprint BLOB NOT NULL,
  size INTEGER NOT NULL,
  seq INTEGER,
  files INTEGER NOT NULL,
  content BLOB,                       -- NULL until it is durable
  PRIMARY KEY (fingerprint, size)
) WITHOUT ROWID;
"""
# Made when they are needed: kept up to date all the time they would cost more than they save.
_INDEX_OF_MISSING = (
    "CREATE INDEX IF NOT EXISTS content_missing ON content (seq) WHERE content IS NULL"
)
_INDEX_BY_CONTENT = (
    "CREATE INDEX IF NOT EXISTS item_by_content ON item (fingerprint, size, seq) WHERE need = 1"
)
_MISSING = (
    "SELECT item.seq, item.path, item.entry, item.fingerprint, item.size FROM content"
    " JOIN item ON item.seq = content.seq WHERE content.content IS NULL"
)


class Need(IntEnum):
    """Whether a row still lacks its content."""

    NOTHING = 0
    WANTED = 1
    EXPORTED = 2
    FAILED = 3


class WantedItem(NamedTuple):
    """A file whose content is still to be found or fetched."""

    seq: int
    path: str
    entry: bytes
    fingerprint: bytes | None
    size_bytes: int


class ContentKey(NamedTuple):
    """What a content is known by; `files` of the stage have it."""

    fingerprint: bytes
    size_bytes: int
    files: int


class StagedContents:
    """The contents of one stage's files."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def forget(self) -> None:
        """Drop everything, within the caller's transaction."""
        for index in ("content_missing", "item_by_content"):
            self._connection.execute(f"DROP INDEX IF EXISTS {index}")
        self._connection.execute("DELETE FROM content")

    # -- plan ------------------------------------------------------------------------------

    def plan(self) -> None:
        """Gather the distinct contents of all wanted files; those already stored stay stored."""
        with Transaction(self._connection):
            self._connection.execute("DROP INDEX IF EXISTS content_missing")
            self._connection.execute("DELETE FROM content WHERE content IS NULL")
            self._connection.execute(
                "INSERT OR IGNORE INTO content (fingerprint, size, seq, files)"
                " SELECT fingerprint, size, min(seq), count(*) FROM item"
                " WHERE need = 1 AND fingerprint IS NOT NULL GROUP BY fingerprint, size"
            )

    def missing(self, after: ContentKey | None, limit: int) -> list[ContentKey]:
        """The next contents that are not stored, sorted by fingerprint, as an index likes it."""
        digest, size = (after.fingerprint, after.size_bytes) if after else (b"", -1)
        return [
            ContentKey(*row)
            for row in self._connection.execute(
                "SELECT fingerprint, size, files FROM content"
                " WHERE (fingerprint, size) > (?, ?) AND content IS NULL"
                " ORDER BY fingerprint, size LIMIT ?",
                (digest, size, limit),
            )
        ]

    def store(self, contents: Iterable[tuple[bytes, bytes, int]]) -> None:
        """Record durable contents: (encoded content, fingerprint, size)."""
        with Transaction(self._connection):
            self._connection.executemany(
                "UPDATE content SET content = ? WHERE fingerprint = ? AND size = ?", contents
            )

    # -- fetch -----------------------------------------------------------------------------

    def totals(self) -> tuple[int, int]:
        """How many contents are missing (exports included), and their bytes."""
        row = self._connection.execute(
            "SELECT count(*), coalesce(sum(size), 0) FROM content WHERE content IS NULL"
        ).fetchone()
        exports = self._connection.execute(
            "SELECT count(*) FROM item WHERE need = 1 AND fingerprint IS NULL"
        ).fetchone()
        return int(row[0]) + int(exports[0]), int(row[1])

    def large(self, at_least: int, after: tuple[int, int] | None, limit: int) -> list[WantedItem]:
        """The next files of at least so many bytes to fetch, largest first.

        `after` is (size, seq) of the last one seen. Large files first, so that a run does not end
        with one thread fetching the largest of all alone.
        """
        size, seq = after or (1 << 62, -1)
        return [
            WantedItem(*row)
            for row in self._connection.execute(
                f"{_MISSING} AND content.size >= ? AND (content.size < ? OR (content.size = ? AND"
                " content.seq > ?)) ORDER BY content.size DESC, content.seq LIMIT ?",
                (at_least, size, size, seq, limit),
            )
        ]

    def small(self, below: int, after_seq: int, limit: int) -> list[WantedItem]:
        """The next files of fewer than `below` bytes to fetch, in listing order.

        Listing order keeps neighbours together in packs.
        """
        self._connection.execute(_INDEX_OF_MISSING)
        return [
            WantedItem(*row)
            for row in self._connection.execute(
                f"{_MISSING} AND content.seq > ? AND content.size < ? ORDER BY content.seq LIMIT ?",
                (after_seq, below, limit),
            )
        ]

    def exports(self, after_seq: int, limit: int) -> list[WantedItem]:
        """The next wanted files without a fingerprint, in listing order."""
        return [
            WantedItem(*row)
            for row in self._connection.execute(
                "SELECT seq, path, entry, fingerprint, size FROM item"
                " WHERE seq > ? AND need = 1 AND fingerprint IS NULL ORDER BY seq LIMIT ?",
                (after_seq, limit),
            )
        ]

    def store_exports(self, exports: Iterable[tuple[int, bytes]]) -> None:
        """Record entries whose exported form is durable: (seq, encoded entry)."""
        with Transaction(self._connection):
            self._connection.executemany(
                "UPDATE item SET need = 2, entry = ?, failure = NULL WHERE seq = ?",
                ((entry, seq) for seq, entry in exports),
            )

    # -- failures --------------------------------------------------------------------------

    def fail(self, failures: Iterable[tuple[int, str]]) -> bool:
        """Record files that could not be had: (seq, why).

        True if another file has the content of one of them: it is `missing` still, to be fetched
        from that other file.
        """
        moved = 0
        with Transaction(self._connection):
            self._connection.execute(_INDEX_BY_CONTENT)
            self._connection.execute(_INDEX_OF_MISSING)
            for seq, why in failures:
                self._connection.execute(
                    "UPDATE item SET need = 3, failure = ? WHERE seq = ?", (why, seq)
                )
                moved += self._move_on(seq)
        return moved > 0

    def want_failed_again(self, reasons: Collection[str] | None = None) -> None:
        """What failed is tried once more: all of it, or what failed for these reasons."""
        if reasons is None:
            self._connection.execute("UPDATE item SET need = 1, failure = NULL WHERE need = 3")
            return
        with Transaction(self._connection):
            self._connection.executemany(
                "UPDATE item SET need = 1, failure = NULL WHERE need = 3 AND failure LIKE ?",
                [(f"{reason}:%",) for reason in reasons],
            )

    def want_stored_again(self) -> None:
        """Find or fetch all contents once more: what was stored may have been freed since."""
        with Transaction(self._connection):
            self._connection.execute("DELETE FROM content")
            self._connection.execute("UPDATE item SET need = 1 WHERE need = 2")

    def _move_on(self, seq: int) -> int:
        """Fetch the content of a failed file from the next one that has it; 0 if there is none."""
        moved = self._connection.execute(
            "UPDATE content SET seq = (SELECT min(item.seq) FROM item WHERE item.need = 1"
            " AND item.fingerprint = content.fingerprint AND item.size = content.size)"
            " WHERE content IS NULL AND seq = ?",
            (seq,),
        )
        gone = self._connection.execute("DELETE FROM content WHERE content IS NULL AND seq IS NULL")
        return moved.rowcount - gone.rowcount
