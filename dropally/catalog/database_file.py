"""A SQLite database that many threads read while one writes.

Writing is one short transaction at a time, on one connection; readers have connections of their
own beside it (WAL) and each reading sees the database as it was at one moment.
"""

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlite_utils
from sqlite_utils.migrations import Migrations

from dropally.catalog.faults import damaged, translate
from dropally.catalog.migrating import migrate, wrap
from dropally.catalog.open_mark import OpenMark

_BUSY_TIMEOUT_MS = 15_000
_IDLE_READERS = 8
_GATHERED_PAGES = 8000


@dataclass(frozen=True)
class Layout:
    """What a kind of database file is made of, and how it is looked after.

    `migrations` are applied in this order; a set may refer to tables of the sets before it.
    `is_rebuildable`: what the last moments before a power cut wrote may be lost (it can be had
    again), no copy is made before a migration, and only files up to `checked_bytes` are checked
    after an unclean stop, since that reads all of it.
    """

    migrations: Sequence[Migrations]
    when_damaged: str
    is_rebuildable: bool = False
    checked_bytes: int | None = None
    cache_kib: int = 32 << 10


class DatabaseFile:
    """An open database. Safe for threads; close it in the end."""

    def __init__(self, path: Path, layout: Layout) -> None:
        """Open or create the file, check it after an unclean stop, and bring its schema up to date.

        Raises DatabaseFaultError and its children.
        """
        self.path = path
        self._layout = layout
        self._writing = threading.Lock()
        self._writer_thread = 0
        self._idle: list[sqlite3.Connection] = []
        self._idle_lock = threading.Lock()
        self._is_closed = False
        with self._named_faults((sqlite3.Error, OSError)):
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o600)
            self._mark = OpenMark(path)
            try:
                self._writer = self._prepare()
                self._mark.share()
            except BaseException:
                self._mark.close(clean=not self._mark.was_unclean)
                raise
        self._tables = wrap(self._writer)

    def _prepare(self) -> sqlite3.Connection:
        writer = self._connect()
        try:
            if self._mark.was_unclean and self._is_worth_checking():
                self._check(writer)
            migrate(
                writer,
                self.path,
                self._layout.migrations,
                copy_first=not self._layout.is_rebuildable,
            )
        except BaseException:
            writer.close()
            raise
        return writer

    def close(self) -> None:
        """Close every connection. What is being read or written elsewhere must have ended."""
        with self._writing, self._idle_lock:
            if self._is_closed:
                return
            self._is_closed = True
            for connection in self._idle:
                connection.close()
            self._idle.clear()
            self._writer.close()
        self._mark.close()

    def __enter__(self) -> "DatabaseFile":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- transactions ----------------------------------------------------------------------

    @contextmanager
    def write(self) -> Iterator[sqlite_utils.Database]:
        """One transaction: kept when the block ends, undone when it raises.

        Keep it short: other writers wait. The raw connection for hot paths is `.conn` of what is
        given. Constraint violations pass through as sqlite3.IntegrityError; anything the disk does
        is a DatabaseFaultError.
        """
        if self._writer_thread == threading.get_ident():
            raise RuntimeError("a transaction within a transaction: pass the open one on")
        with self._writing, self._named_faults():
            self._writer_thread = threading.get_ident()
            try:
                self._writer.execute("BEGIN IMMEDIATE")
                try:
                    yield self._tables
                    self._writer.execute("COMMIT")
                except BaseException:
                    # Some errors (a full disk) have undone the transaction already.
                    if self._writer.in_transaction:
                        self._writer.execute("ROLLBACK")
                    raise
            finally:
                self._writer_thread = 0

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection that only reads, and sees the database as it was at the first query."""
        with self._named_faults():
            connection = self._borrow()
            try:
                connection.execute("BEGIN")
                yield connection
            except BaseException:
                connection.close()
                raise
            connection.execute("ROLLBACK")
            self._give_back(connection)

    def optimize(self) -> None:
        """Refresh the query planner's statistics where they are out of date; cheap."""
        with self.write() as database:
            database.conn.execute("PRAGMA analysis_limit=1000")
            database.conn.execute("PRAGMA optimize")

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty its log.

        Takes as much room again while it lasts. Raises DatabaseFaultError.
        """
        with self._writing, self._named_faults():
            self._writer.execute("VACUUM")
            self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def check(self) -> None:
        """Read the whole file for damage. Raises DatabaseDamagedError."""
        with self.read() as connection:
            self._check(connection)

    def _check(self, connection: sqlite3.Connection) -> None:
        finding = find_damage(connection)
        if finding:
            raise damaged(self.path, finding, self._layout.when_damaged)

    # -- connections -----------------------------------------------------------------------

    def _connect(self, *, read_only: bool = False) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, isolation_level=None, check_same_thread=False, timeout=0
        )
        try:
            connection.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
            connection.execute(f"PRAGMA cache_size=-{self._layout.cache_kib}")
            connection.execute("PRAGMA temp_store=MEMORY")
            if read_only:
                connection.execute("PRAGMA query_only=ON")
            else:
                self._prepare_writer(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _prepare_writer(self, connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        if self._layout.is_rebuildable:
            connection.execute("PRAGMA synchronous=NORMAL")
            # Rows of one snapshot touch many pages again and again: gather more before moving them.
            connection.execute(f"PRAGMA wal_autocheckpoint={_GATHERED_PAGES}")
        else:
            connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA journal_size_limit=67108864")
        # Without this, DELETE leaves what was deleted (tokens, names) readable in the file.
        connection.execute("PRAGMA secure_delete=FAST")

    def _borrow(self) -> sqlite3.Connection:
        with self._idle_lock:
            if self._is_closed:
                raise RuntimeError(f"{self.path} is closed")
            if self._idle:
                return self._idle.pop()
        return self._connect(read_only=True)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._idle_lock:
            if not self._is_closed and len(self._idle) < _IDLE_READERS:
                self._idle.append(connection)
                return
        connection.close()

    def _is_worth_checking(self) -> bool:
        limit = self._layout.checked_bytes
        return limit is None or self.path.stat().st_size <= limit

    @contextmanager
    def _named_faults(
        self, kinds: tuple[type[Exception], ...] = (sqlite3.Error,)
    ) -> Iterator[None]:
        try:
            yield
        except kinds as error:
            fault = translate(self.path, error, when_damaged=self._layout.when_damaged)
            if fault is None:
                raise
            raise fault from error


def find_damage(connection: sqlite3.Connection) -> str:
    """What is wrong with a database, in a few words; "" if nothing is. Reads all of it."""
    findings = [row[0] for row in connection.execute("PRAGMA quick_check(3)")]
    if findings != ["ok"]:
        return "; ".join(findings)
    orphan = connection.execute("PRAGMA foreign_key_check").fetchone()
    if orphan is not None:
        return f"a row of {orphan[0]} refers to a missing row of {orphan[2]}"
    return ""
