"""A whole, consistent copy of a database that is in use."""

import os
import sqlite3
from pathlib import Path

from dropally.catalog.database_file import DatabaseFile, find_damage
from dropally.catalog.faults import DatabaseDamagedError, translate
from dropally.catalog.migrating import applied_migrations

_WHEN_DAMAGED = "the copy is thrown away; check the disk and its free space, then try again"


def copy_of(file: DatabaseFile, target: Path) -> None:
    """Write the database as it is at one moment to `target`, for its owner's eyes only.

    Writers and readers go on meanwhile. The copy is one file, read back and free of damage.
    Raises DatabaseFaultError; FileExistsError if `target` is there.
    """
    os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        _copy(file, target)
    except sqlite3.Error as error:
        raise translate(target, error, when_damaged=_WHEN_DAMAGED) or error from error


def schema_of(copy: Path) -> list[str]:
    """The migrations that a copy has seen, as `set/name`. Raises DatabaseFaultError."""
    connection = sqlite3.connect(copy)
    try:
        return applied_migrations(connection)
    except sqlite3.Error as error:
        raise translate(copy, error, when_damaged=_WHEN_DAMAGED) or error from error
    finally:
        connection.close()


def _copy(file: DatabaseFile, target: Path) -> None:
    copy = sqlite3.connect(target, isolation_level=None)
    try:
        with file.read() as connection:
            connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # no files beside it
        finding = find_damage(copy)
    finally:
        copy.close()
    if finding:
        raise DatabaseDamagedError(f"{target} is damaged: {finding}", hint=_WHEN_DAMAGED)
