"""Opening one small SQLite file so that a killed process leaves it whole."""

import sqlite3
from pathlib import Path

from dropally.common.errors import DeniedError, DropallyError, TryLaterError

_PRAGMAS = (
    "PRAGMA journal_mode=WAL",  # a kill at any moment leaves the last transaction, whole
    "PRAGMA synchronous=NORMAL",
    "PRAGMA temp_store=MEMORY",
    "PRAGMA cache_size=-32768",  # KiB
    "PRAGMA journal_size_limit=67108864",
)


def connect(path: Path) -> sqlite3.Connection:
    """A connection in autocommit mode; transactions are begun by name.

    The caller hands it from thread to thread, one at a time. Raises sqlite3.DatabaseError when
    the file is no database, DropallyError when the folder cannot be used.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.OperationalError) as error:
        raise _translated(path, error) from error
    try:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
    except sqlite3.OperationalError as error:
        connection.close()
        raise _translated(path, error) from error
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection


def connect_in_memory() -> sqlite3.Connection:
    """The same for what need not outlive the process and is small."""
    return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)


class Transaction:
    """BEGIN, then COMMIT or, after an error, ROLLBACK."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> None:
        self._connection.execute("BEGIN IMMEDIATE")

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        self._connection.execute("ROLLBACK" if kind else "COMMIT")


def remove(path: Path) -> None:
    """Delete a database together with the files that SQLite keeps beside it."""
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _translated(path: Path, error: Exception) -> DropallyError:
    if "locked" in str(error):
        return TryLaterError(
            f"{path} is in use", hint="another run of the same kind is active: wait for its end"
        )
    return DeniedError(
        f"{path} cannot be opened: {error}", hint="check the folder's owner, mode and free space"
    )
