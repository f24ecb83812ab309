"""A restore's plan and how each of its items fared, so that a killed restore goes on.

One small SQLite file per restore. The plan is written batch by batch; outcomes follow as they
come. A file without the `planned` mark is an unfinished plan: `dealt_with` says how far it got.
"""

import json
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

from dropally.catalog import database

Action = Literal["folder", "identical", "skip", "revision", "copy", "upload", "impossible"]
State = Literal["restored", "renamed", "identical", "skipped", "failed"]

_VERSION = "1"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS item (
  seq INTEGER PRIMARY KEY,
  source TEXT NOT NULL,            -- what is restored, for people
  namespace TEXT NOT NULL,         -- where to
  path TEXT NOT NULL,
  action TEXT NOT NULL,
  size INTEGER NOT NULL,
  content BLOB,                    -- encoded; what to upload
  content_hash TEXT NOT NULL,
  client_modified INTEGER,
  argument TEXT NOT NULL,          -- revision: its rev; copy: from where; upload: rev to replace
  conflict INTEGER NOT NULL,
  state TEXT,                      -- NULL: still to do
  detail TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS item_open ON item (namespace, action, seq) WHERE state IS NULL;
"""
_INSERT = (
    "INSERT INTO item (source, namespace, path, action, size, content, content_hash,"
    " client_modified, argument, conflict) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_COLUMNS = "seq, source, namespace, path, action, size, content, content_hash, client_modified"
_SELECT_OPEN = (
    f"SELECT {_COLUMNS}, argument, conflict FROM item"  # noqa: S608  constants only
    " WHERE state IS NULL AND namespace = ? AND action = ? AND seq > ? ORDER BY seq LIMIT ?"
)


class PlannedItem(NamedTuple):
    """One item of a plan. `seq` is 0 until it is stored."""

    seq: int
    source: str
    namespace: str
    path: str
    action: Action
    size_bytes: int
    content: bytes | None = None
    content_hash: str = ""
    client_modified: int | None = None
    argument: str = ""
    is_conflict: bool = False


class ItemOutcome(NamedTuple):
    """How one item fared; `state` None: it is still to do."""

    seq: int
    source: str
    path: str
    action: Action
    size_bytes: int
    state: State | None
    detail: str


class RestoreLog:
    """The file of one restore. Safe for threads."""

    def __init__(self, path: Path) -> None:
        """Open or make it. Raises DropallyError when the folder cannot be used."""
        self.path = path
        self._lock = threading.Lock()
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            database.remove(path)
            self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        connection = database.connect(self.path)
        connection.executescript(_SCHEMA)
        return connection

    def close(self) -> None:
        """Close the file; it stays."""
        self._connection.close()

    def discard(self) -> None:
        """Close the file and delete it: the restore is over, or was only looked at."""
        self.close()
        database.remove(self.path)

    @property
    def is_planned(self) -> bool:
        """True if the plan in it is whole."""
        return self.get("planned") == _VERSION

    def get(self, key: str) -> str:
        """Something the plan remembered, "" if it did not."""
        with self._lock:
            row = self._connection.execute(
                "SELECT value FROM about WHERE key = ?", (key,)
            ).fetchone()
        return str(row[0]) if row else ""

    @property
    def steps(self) -> int:
        """What was done so far, for good: wishes that were planned, and items with an outcome.

        It only ever grows.
        """
        settled = self._query("SELECT count(*) FROM item WHERE state IS NOT NULL")[0][0]
        return int(self.get("dealt_with") or 0) + int(settled)

    def begin_plan(self, request: str) -> int:
        """How many wishes of this request an interrupted planning has dealt with.

        Whatever else there is in the file is forgotten. "" is like no other request.
        """
        if request and self.get("request") == request:
            return int(self.get("dealt_with"))
        with self._transaction():
            self._connection.execute("DELETE FROM item")
            self._connection.execute("DELETE FROM about")
            self._remember({"request": request, "dealt_with": "0"})
        return 0

    def add_planned(self, items: Iterable[PlannedItem], dealt_with: int) -> None:
        """Store a part of the plan, whole or not at all: after so many wishes in all."""
        with self._transaction():
            self._connection.executemany(_INSERT, (_as_row(item) for item in items))
            self._remember({"dealt_with": str(dealt_with)})

    def finish_plan(self, about: dict[str, str]) -> None:
        """The plan is whole."""
        with self._transaction():
            self._remember(about | {"planned": _VERSION})

    def _remember(self, about: dict[str, str]) -> None:
        self._connection.executemany("REPLACE INTO about VALUES (?, ?)", about.items())

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def record(self, seq: int, state: State, detail: str = "") -> None:
        """How an item fared; durable with this call."""
        with self._lock:
            self._connection.execute(
                "UPDATE item SET state = ?, detail = ? WHERE seq = ?", (state, detail, seq)
            )

    def record_many(self, outcomes: Iterable[tuple[int, State, str]]) -> None:
        """How several items fared, in one transaction."""
        with self._transaction():
            self._connection.executemany(
                "UPDATE item SET state = ?, detail = ? WHERE seq = ?",
                [(state, detail, seq) for seq, state, detail in outcomes],
            )

    def settle(self, action: Action, state: State) -> None:
        """Items of an action that need nothing done are done."""
        with self._lock:
            self._connection.execute(
                "UPDATE item SET state = ? WHERE action = ? AND state IS NULL", (state, action)
            )

    def refuse_impossible(self) -> None:
        """Items that the plan found impossible have failed; the plan says why."""
        with self._lock:
            self._connection.execute(
                "UPDATE item SET state = 'failed', detail = argument"
                " WHERE action = 'impossible' AND state IS NULL"
            )

    def upload_instead(self, seq: int, replacing_rev: str = "") -> None:
        """A cheaper way did not work out: send the bytes (in place of this revision)."""
        with self._lock:
            self._connection.execute(
                "UPDATE item SET action = 'upload', argument = ? WHERE seq = ?",
                (replacing_rev, seq),
            )

    def open_items(
        self, namespace: str, action: Action, batch: int = 1000
    ) -> Iterator[PlannedItem]:
        """What is still to be done, in plan order; outcomes may be recorded meanwhile."""
        after = 0
        while True:
            with self._lock:
                rows = self._connection.execute(
                    _SELECT_OPEN, (namespace, action, after, batch)
                ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            for row in rows:
                yield PlannedItem._make((*row[:-1], bool(row[-1])))

    def namespaces(self) -> list[str]:
        """Where something is still to be done."""
        return [
            row[0] for row in self._query("SELECT DISTINCT namespace FROM item WHERE state IS NULL")
        ]

    def action_totals(self) -> dict[str, tuple[int, int]]:
        """By action: how many items, how many bytes; whatever their outcome."""
        rows = self._query("SELECT action, count(*), sum(size) FROM item GROUP BY action")
        return {row[0]: (row[1], row[2]) for row in rows}

    def conflicts(self) -> int:
        """How many items meet something else in their place."""
        return int(self._query("SELECT count(*) FROM item WHERE conflict")[0][0])

    def upload_sizes(self) -> list[tuple[str, int]]:
        """(namespace, size) of every file whose bytes are to be sent, in plan order."""
        return self._query("SELECT namespace, size FROM item WHERE action = 'upload' ORDER BY seq")

    def state_totals(self) -> dict[str, tuple[int, int]]:
        """By outcome: how many files, how many bytes. Folders are not counted."""
        rows = self._query(
            "SELECT coalesce(state, 'open'), count(*), sum(size) FROM item"
            " WHERE action != 'folder' GROUP BY 1"
        )
        return {row[0]: (row[1], row[2]) for row in rows}

    def details(self, state: State) -> list[tuple[str, str, str]]:
        """(source, path, detail) of all items with this outcome."""
        with self._lock:
            return self._connection.execute(
                "SELECT source, path, detail FROM item WHERE state = ? ORDER BY seq", (state,)
            ).fetchall()

    def outcomes(self, batch: int = 1000) -> Iterator[ItemOutcome]:
        """Every item of the plan and how it fared, in plan order."""
        after = 0
        while True:
            with self._lock:
                rows = self._connection.execute(
                    "SELECT seq, source, path, action, size, state, detail FROM item"
                    " WHERE seq > ? ORDER BY seq LIMIT ?",
                    (after, batch),
                ).fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield from map(ItemOutcome._make, rows)

    def keep_unfinished(self) -> None:
        """What is done is forgotten; what failed, though it was possible, is to do again."""
        with self._transaction():
            self._connection.execute(
                "DELETE FROM item WHERE state IS NOT NULL AND state <> 'failed'"
            )
            self._connection.execute(
                "UPDATE item SET state = NULL, detail = '' WHERE state = 'failed'"
            )

    def keep(self, seqs: Collection[int]) -> None:
        """Everything but these items is forgotten; they are to do again."""
        wanted = json.dumps(sorted(seqs))
        with self._transaction():
            self._connection.execute(
                "DELETE FROM item WHERE seq NOT IN (SELECT value FROM json_each(?))", (wanted,)
            )
            self._connection.execute("UPDATE item SET state = NULL, detail = ''")

    def copy_to(self, path: Path) -> None:
        """Copy the log as it is now to a file that is not there yet."""
        with self._lock:
            self._connection.execute("VACUUM INTO ?", (str(path),))

    def _query(self, query: str) -> list[Any]:
        with self._lock:
            return self._connection.execute(query).fetchall()


def _as_row(item: PlannedItem) -> tuple[object, ...]:
    return (
        item.source,
        item.namespace,
        item.path,
        item.action,
        item.size_bytes,
        item.content,
        item.content_hash,
        item.client_modified,
        item.argument,
        int(item.is_conflict),
    )
