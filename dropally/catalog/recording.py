"""Writing a snapshot into `catalog.db`, from what differs to the snapshot before it.

Rows come sorted by path, as the repository's trees yield them, and are written in short
transactions. Until the last one the snapshot is incomplete and no question is answered from it;
whoever was interrupted simply gives the same rows again. Small snapshots share a transaction, since
each writes to the same few pages of the indexes.
"""

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice

from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.faults import OutOfStepError
from dropally.catalog.item_writer import ItemWriter
from dropally.catalog.items import ItemChange
from dropally.catalog.moments import to_micros

_BATCH_ROWS = 5000
_MOST_SNAPSHOTS = 500


@dataclass(frozen=True)
class SnapshotFacts:
    """What is recorded of a snapshot besides its items."""

    namespace: str
    id: str
    time: datetime
    failures: int = 0


@dataclass(frozen=True)
class RecordedChanges:
    """How many items a snapshot added, changed and removed, folders included."""

    added: int
    changed: int
    removed: int


def is_recorded(file: DatabaseFile, snapshot_id: str) -> bool:
    """True once every row of the snapshot is in the catalog."""
    with file.read() as connection:
        query = "SELECT 1 FROM snapshot WHERE id = ? AND complete = 1"
        return connection.execute(query, (snapshot_id,)).fetchone() is not None


def newest_recorded(file: DatabaseFile, namespace: str) -> str | None:
    """The snapshot that the next one's rows must be the difference to; None for the first."""
    with file.read() as connection:
        row = connection.execute(
            "SELECT snapshot.id FROM snapshot JOIN source ON source.id = snapshot.source"
            " WHERE namespace = ? AND complete = 1 ORDER BY number DESC LIMIT 1",
            (namespace,),
        ).fetchone()
    return str(row[0]) if row else None


def record_snapshot(
    file: DatabaseFile, facts: SnapshotFacts, changes: Iterable[ItemChange]
) -> RecordedChanges | None:
    """Record what differs between the namespace's newest recorded snapshot and this one.

    `changes` are sorted by path, each path once. None: it was recorded before. Raises
    OutOfStepError when the rows cannot be right, DatabaseFaultError for the disk's reasons.
    """
    with file.write() as database:
        begun = _begin(database.conn, facts)
    if begun is None:
        return None
    writer = ItemWriter(facts.namespace, number=begun.number, root=begun.root)
    rows = iter(changes)
    while batch := list(islice(rows, _BATCH_ROWS)):
        with file.write() as database:
            writer.write(database.conn, batch)
    with file.write() as database:
        return _end(database.conn, writer, begun)


class SmallSnapshots:
    """Snapshots of different namespaces, gathered to be recorded in few transactions.

    What is too large for that is recorded on its own. `flush` in the end.
    """

    def __init__(self, file: DatabaseFile) -> None:
        self._file = file
        self._waiting: list[tuple[SnapshotFacts, list[ItemChange]]] = []
        self._rows = 0
        self.snapshots = 0
        self.items = 0

    def add(self, facts: SnapshotFacts, changes: Iterable[ItemChange]) -> None:
        """As `record_snapshot`; what reading `changes` raises leaves the others as they are."""
        rows = iter(changes)
        first = list(islice(rows, _BATCH_ROWS))
        if len(first) == _BATCH_ROWS:
            self._count(record_snapshot(self._file, facts, chain(first, rows)))
            return
        self._waiting.append((facts, first))
        self._rows += len(first)
        if self._rows >= _BATCH_ROWS or len(self._waiting) == _MOST_SNAPSHOTS:
            self.flush()

    def flush(self) -> None:
        """Record what was gathered. Raises OutOfStepError, DatabaseFaultError."""
        waiting, self._waiting, self._rows = self._waiting, [], 0
        if not waiting:
            return
        with self._file.write() as database:
            recorded = [_record_small(database.conn, *one) for one in waiting]
        for one in recorded:
            self._count(one)

    def _count(self, recorded: RecordedChanges | None) -> None:
        self.snapshots += 1
        if recorded is not None:
            self.items += recorded.added + recorded.changed + recorded.removed


def _record_small(
    connection: sqlite3.Connection, facts: SnapshotFacts, changes: list[ItemChange]
) -> RecordedChanges | None:
    begun = _begin(connection, facts)
    if begun is None:
        return None
    writer = ItemWriter(facts.namespace, number=begun.number, root=begun.root)
    if changes:
        writer.write(connection, changes)
    return _end(connection, writer, begun)


def _end(connection: sqlite3.Connection, writer: ItemWriter, begun: "_Begun") -> RecordedChanges:
    writer.finish(connection)
    connection.execute(
        "UPDATE snapshot SET complete = 1, added = ?, changed = ?, removed = ? WHERE number = ?",
        (writer.added, writer.changed, writer.removed, begun.number),
    )
    return RecordedChanges(writer.added, writer.changed, writer.removed)


@dataclass(frozen=True)
class _Begun:
    number: int
    root: int


def _begin(connection: sqlite3.Connection, facts: SnapshotFacts) -> _Begun | None:
    source, root = _find_source(connection, facts.namespace)
    row = connection.execute(
        "SELECT number, complete, source FROM snapshot WHERE id = ?", (facts.id,)
    ).fetchone()
    if row is not None and row[2] != source:
        raise OutOfStepError(
            f"snapshot {facts.id} is recorded for another namespace than {facts.namespace}",
            hint="rebuild the catalog",
        )
    if row is not None and row[1]:
        return None
    if row is not None:
        return _Begun(row[0], root)
    _undo_incomplete(connection, source)
    number = connection.execute(
        "INSERT INTO snapshot (number, source, id, time, failures)"
        " SELECT coalesce(max(number), 0) + 1, ?, ?, ?, ? FROM snapshot RETURNING number",
        (source, facts.id, to_micros(facts.time), facts.failures),
    ).fetchone()[0]
    return _Begun(number, root)


def _find_source(connection: sqlite3.Connection, namespace: str) -> tuple[int, int]:
    row = connection.execute(
        "SELECT id, root FROM source WHERE namespace = ?", (namespace,)
    ).fetchone()
    if row is not None:
        return row[0], row[1]
    root = connection.execute(
        "INSERT INTO item (parent, key, is_file, kind, size) VALUES (0, ?, 0, 0, 0) RETURNING id",
        (namespace,),
    ).fetchone()[0]
    source = connection.execute(
        "INSERT INTO source (namespace, root) VALUES (?, ?) RETURNING id", (namespace, root)
    ).fetchone()[0]
    return source, root


def _undo_incomplete(connection: sqlite3.Connection, source: int) -> None:
    """Another snapshot was begun and will not be finished: it is no longer in the repository."""
    rows = connection.execute(
        "SELECT number FROM snapshot WHERE source = ? AND complete = 0", (source,)
    ).fetchall()
    for (number,) in rows:
        connection.execute("UPDATE item SET first = NULL WHERE first = ?", (number,))
        connection.execute(_RESTORE_ENDED, (number,))
        connection.execute("DELETE FROM past WHERE until = ?", (number,))
        connection.execute("DELETE FROM total WHERE first = ?", (number,))
        connection.execute("DELETE FROM snapshot WHERE number = ?", (number,))


_RESTORE_ENDED = """
UPDATE item SET first = past.first, is_file = past.is_file, kind = past.kind, name = past.name,
  size = past.size, modified = past.modified, author = past.author, content = past.content,
  mount = past.mount, failure = past.failure
FROM past WHERE past.until = ? AND past.item = item.id
"""
