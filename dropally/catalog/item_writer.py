"""The rows of one snapshot on their way into the item tables.

Rows sorted by path visit each folder once: all that lies below `/a/` is one stretch. So a stack of
the folders above the current row is all that must be remembered, however many rows there are.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from dropally.catalog.faults import OutOfStepError
from dropally.catalog.items import KIND_CODES, NO_DATE, STATE_COLUMNS, ItemChange, ItemState

_FIND = """
SELECT id, first FROM item WHERE parent = ?1 AND is_file = 1 AND key = ?2 AND first IS NOT NULL
UNION ALL
SELECT id, first FROM item WHERE parent = ?1 AND is_file = 0 AND key = ?2 AND first IS NOT NULL
UNION ALL
SELECT id, first FROM item WHERE parent = ?1 AND key = ?2 AND first IS NULL
LIMIT 1
"""
# In two parts, since each index of `item` holds either what is there now or what is not.
_ANY_CHILD = """
SELECT 1 FROM item WHERE parent = ?1 AND first IS NOT NULL
UNION ALL
SELECT 1 FROM item WHERE parent = ?1 AND first IS NULL
LIMIT 1
"""
_INSERT = (
    f"INSERT INTO item (id, parent, key, first, is_file, {STATE_COLUMNS})"  # noqa: S608  constants
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_MOVE_TO_PAST = (
    f"INSERT INTO past (item, parent, key, first, until, is_file, {STATE_COLUMNS})"  # noqa: S608  constants
    f" SELECT id, parent, key, first, ?, is_file, {STATE_COLUMNS} FROM item WHERE id = ?"
)
_REPLACE = (
    "UPDATE item SET first = ?, is_file = ?, kind = ?, name = ?, size = ?, modified = ?,"
    " author = ?, content = ?, mount = ?, failure = ? WHERE id = ?"
)
_REMOVE = "UPDATE item SET first = NULL WHERE id = ?"
_TOTAL_BEFORE = (
    "SELECT files, folders, size FROM total WHERE item = ? AND first < ?"
    " ORDER BY first DESC LIMIT 1"
)
_SET_MOUNTED = "INSERT OR IGNORE INTO mounted VALUES (?, ?)"
_SET_TOTAL = "INSERT OR REPLACE INTO total VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(slots=True)
class _Folder:
    """A folder above the current row, and what changed below it so far."""

    path: str
    parent: int
    item: int
    is_new: bool  # nothing can be recorded below it yet
    files: int = 0
    folders: int = 0
    size_bytes: int = 0


class ItemWriter:
    """Writes the rows of one snapshot, batch by batch, each in the caller's transaction."""

    def __init__(self, namespace: str, *, number: int, root: int) -> None:
        self.added = self.changed = self.removed = 0
        self._namespace = namespace
        self._number = number
        self._root = root
        self._stack: list[_Folder] = []
        self._last_path = ""
        self._next_id = 0
        self._authors: dict[str, int | None] = {"": None}
        self._new_folders: dict[tuple[int, str], int] = {}
        self._inserts: list[tuple[object, ...]] = []
        self._moves: list[tuple[int, int]] = []
        self._replacements: list[tuple[object, ...]] = []
        self._removals: list[tuple[int]] = []
        self._totals: list[tuple[int, ...]] = []
        self._mounted: list[tuple[int, int]] = []

    def write(self, connection: sqlite3.Connection, changes: Sequence[ItemChange]) -> None:
        """Write a batch. Raises OutOfStepError, ValueError when rows come in a wrong order."""
        self._prepare(connection)
        for path, before, after in changes:
            if path <= self._last_path:
                raise ValueError(f"rows must be sorted by path: {path!r} after {self._last_path!r}")
            self._last_path = path
            if before != after:
                self._write_one(connection, path, before, after)
        self._flush(connection)

    def finish(self, connection: sqlite3.Connection) -> None:
        """Write the totals of the folders that are still open."""
        self._prepare(connection)
        while self._stack:
            self._leave_folder(connection)
        self._flush(connection)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        # Asked anew for each batch: another namespace may be recorded in between.
        row = connection.execute("SELECT max(id) FROM item").fetchone()
        self._next_id = row[0] + 1
        if not self._stack:
            is_new = connection.execute(_ANY_CHILD, (self._root,)).fetchone() is None
            self._stack.append(_Folder("", 0, self._root, is_new))

    # -- one row ---------------------------------------------------------------------------

    def _write_one(
        self,
        connection: sqlite3.Connection,
        path: str,
        before: ItemState | None,
        after: ItemState | None,
    ) -> None:
        parent_path, _, key = path.rpartition("/")
        folder = self._enter_folder(connection, parent_path)
        self._count(folder, before, after)
        found = None if folder.is_new else connection.execute(_FIND, (folder.item, key)).fetchone()
        if after is None:
            self._end(path, found)
        elif found is None:
            self._expect(before is None, path)
            self._insert(connection, folder.item, key, after)
        elif found[1] != self._number:  # else an interrupted recording got this far
            self._expect((before is None) == (found[1] is None), path)
            if before is not None:
                self._moves.append((self._number, found[0]))
            columns = self._columns(connection, key, after)
            self._replacements.append((self._number, *columns, found[0]))
            self._note_mount(found[0], after)

    def _end(self, path: str, found: tuple[int, int | None] | None) -> None:
        if found is None or found[1] == self._number:
            raise self._out_of_step(path)
        if found[1] is not None:  # else an interrupted recording got this far
            self._moves.append((self._number, found[0]))
            self._removals.append((found[0],))

    def _insert(
        self, connection: sqlite3.Connection, parent: int, key: str, state: ItemState
    ) -> None:
        item = self._take_id()
        columns = self._columns(connection, key, state)
        self._inserts.append((item, parent, key, self._number, *columns))
        if state.kind == "folder":
            self._new_folders[parent, key] = item
            self._note_mount(item, state)

    def _note_mount(self, item: int, state: ItemState) -> None:
        if state.mount:
            self._mounted.append((self._root, item))

    def _columns(
        self, connection: sqlite3.Connection, key: str, state: ItemState
    ) -> tuple[object, ...]:
        """The values of is_file and STATE_COLUMNS."""
        is_file = state.kind != "folder"
        return (
            is_file,
            KIND_CODES[state.kind],
            None if state.name == key else state.name,
            state.size_bytes,
            NO_DATE if is_file and state.modified is None else state.modified,
            self._author(connection, state.author),
            state.content,
            state.mount or None,
            state.failure or None,
        )

    def _author(self, connection: sqlite3.Connection, account: str) -> int | None:
        if account not in self._authors:
            connection.execute("INSERT OR IGNORE INTO author (account) VALUES (?)", (account,))
            query = "SELECT id FROM author WHERE account = ?"
            self._authors[account] = connection.execute(query, (account,)).fetchone()[0]
        return self._authors[account]

    def _count(self, folder: _Folder, before: ItemState | None, after: ItemState | None) -> None:
        if before is None:
            self.added += 1
        elif after is None:
            self.removed += 1
        else:
            self.changed += 1
        for state, sign in ((before, -1), (after, 1)):
            if state is None:
                continue
            if state.kind == "folder":
                folder.folders += sign
            else:
                folder.files += sign
                folder.size_bytes += sign * state.size_bytes

    # -- folders ---------------------------------------------------------------------------

    def _enter_folder(self, connection: sqlite3.Connection, path: str) -> _Folder:
        """The folder at a path, after leaving those that have no further rows."""
        top = self._stack[-1]
        while top.path != path and not path.startswith(top.path + "/"):
            self._leave_folder(connection)
            top = self._stack[-1]
        while top.path != path:
            key = path[len(top.path) + 1 :].partition("/")[0]
            item, is_new = self._find_folder(connection, top, key)
            top = _Folder(f"{top.path}/{key}", top.item, item, is_new)
            self._stack.append(top)
        return top

    def _find_folder(
        self, connection: sqlite3.Connection, parent: _Folder, key: str
    ) -> tuple[int, bool]:
        item = self._new_folders.get((parent.item, key))
        if item is not None:
            return item, True
        found = connection.execute(_FIND, (parent.item, key)).fetchone()
        if found is not None:
            return found[0], False
        # Something lies in a folder that has no entry of its own.
        item = self._take_id()
        self._inserts.append((item, parent.item, key, None, 0, 0, None, 0, *(None,) * 5))
        return item, True

    def _leave_folder(self, connection: sqlite3.Connection) -> None:
        left = self._stack.pop()
        before = (0, 0, 0)
        if not left.is_new:
            row = connection.execute(_TOTAL_BEFORE, (left.item, self._number)).fetchone()
            before = row or before
        self._totals.append(
            (
                left.item,
                self._number,
                left.parent,
                before[0] + left.files,
                before[1] + left.folders,
                before[2] + left.size_bytes,
            )
        )
        if self._stack:
            above = self._stack[-1]
            above.files += left.files
            above.folders += left.folders
            above.size_bytes += left.size_bytes

    # -- plumbing --------------------------------------------------------------------------

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id - 1

    def _flush(self, connection: sqlite3.Connection) -> None:
        connection.executemany(_MOVE_TO_PAST, self._moves)
        connection.executemany(_REMOVE, self._removals)
        connection.executemany(_REPLACE, self._replacements)
        connection.executemany(_INSERT, self._inserts)
        connection.executemany(_SET_TOTAL, self._totals)
        connection.executemany(_SET_MOUNTED, self._mounted)
        for queue in (self._moves, self._removals, self._replacements, self._inserts):
            queue.clear()
        self._totals.clear()
        self._mounted.clear()
        self._new_folders.clear()

    def _expect(self, fits: bool, path: str) -> None:
        if not fits:
            raise self._out_of_step(path)

    def _out_of_step(self, path: str) -> OutOfStepError:
        return OutOfStepError(
            f"the catalog does not fit the repository at {self._namespace}:{path}",
            hint="delete catalog.db and let it be rebuilt",
        )
