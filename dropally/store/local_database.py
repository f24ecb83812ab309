"""One SQLite file on this machine, used by several threads and perhaps by several processes."""

import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropally.store.errors import StoreError


class LocalDatabase(ABC):
    """One connection behind a lock. What SQLite complains of is raised as a StoreError."""

    def __init__(self, path: Path | None, *, timeout_s: float) -> None:
        """`path` None: a private temporary database that goes with this object.

        Waits up to `timeout_s` for other processes. A damaged file is deleted and made anew, so
        only what can be had again belongs here. Raises StoreError where it cannot be opened.
        """
        self._path = path
        self._lock = threading.RLock()
        self._db = self._open(timeout_s)

    def _open(self, timeout_s: float) -> sqlite3.Connection:
        try:
            return self._connect(timeout_s)
        except sqlite3.OperationalError as error:
            raise self._unusable(error) from error
        except sqlite3.DatabaseError:
            if self._path is None:
                raise
            for suffix in ("", "-wal", "-shm"):
                self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)
            return self._connect(timeout_s)

    def _connect(self, timeout_s: float) -> sqlite3.Connection:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(
            self._path or "", timeout=timeout_s, isolation_level=None, check_same_thread=False
        )
        try:
            db.execute("PRAGMA journal_mode = WAL")
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    @abstractmethod
    def _prepare(self, db: sqlite3.Connection) -> None:
        """Make the tables, unless they are there. Called before the object's own `_db` is set."""

    def compact(self) -> None:
        """Write the file anew without what was deleted, and empty its log."""
        with self._reading() as db:
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            self._db.close()

    @abstractmethod
    def _unusable(self, error: sqlite3.Error) -> StoreError:
        """What to say of the file, and what to do about it."""

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                self._db.execute("BEGIN IMMEDIATE")
                yield self._db
                self._db.execute("COMMIT")
            except BaseException as error:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if isinstance(error, sqlite3.Error):
                    raise self._unusable(error) from error
                raise

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._db
            except sqlite3.Error as error:
                raise self._unusable(error) from error
