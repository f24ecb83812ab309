"""What can go wrong with a database file, in words an admin can act on.

DatabaseFaultError
├── DatabaseFullError       no room left on the disk
├── DatabaseReadOnlyError   the file or its folder cannot be written or opened
├── DatabaseDiskError       the disk fails
├── DatabaseBusyError       somebody else kept it locked for too long
├── DatabaseDamagedError    the file is no database, or not whole
└── NewerSchemaError        a newer Dropally has used it
"""

import errno
import os
import sqlite3
from pathlib import Path

from dropally.common.errors import DropallyError


class DatabaseFaultError(DropallyError):
    """A database file does not do what it should."""


class DatabaseFullError(DatabaseFaultError):
    """No room left; nothing of the transaction was kept."""


class DatabaseReadOnlyError(DatabaseFaultError):
    """The file or its folder cannot be written, or not even opened."""


class DatabaseDiskError(DatabaseFaultError):
    """The disk reads or writes no more; nothing of the transaction was kept."""


class DatabaseBusyError(DatabaseFaultError):
    """Another process kept the file locked for too long."""


class DatabaseDamagedError(DatabaseFaultError):
    """The file is no database, or parts of it are broken."""


class NewerSchemaError(DatabaseFaultError):
    """A newer Dropally has changed the file in ways this one does not know."""


class OutOfStepError(DatabaseFaultError):
    """The catalog does not fit the repository; it must be rebuilt."""


# The low byte of an extended result code is its family: https://www.sqlite.org/rescode.html
_FAMILY = 0xFF
_BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_NOT_WRITABLE = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}


def translate(path: Path, error: Exception, *, when_damaged: str) -> DropallyError | None:
    """The fault an error stands for; None if it is the caller's own (a constraint, wrong SQL).

    `when_damaged` is the next step for a file that is broken.
    """
    if isinstance(error, OSError):
        return DatabaseReadOnlyError(
            f"{path} cannot be used: {error.strerror}", hint="check the folder's owner and mode"
        )
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return None
    family = code & _FAMILY
    if family == sqlite3.SQLITE_FULL:
        return DatabaseFullError(
            f"{path}: no room left on the disk",
            hint="free some space; nothing was lost but what was being written",
            retryable=True,
        )
    if family in _BUSY:
        return DatabaseBusyError(
            f"{path} is in use by another process",
            hint="wait until the other command has ended, then try again",
            retryable=True,
        )
    if family in _NOT_WRITABLE:
        return DatabaseReadOnlyError(
            f"{path} cannot be written: {error}",
            hint="check the owner and mode of the file and its folder, and the mount",
        )
    if family in _DAMAGED:
        return damaged(path, str(error), when_damaged)
    if family == sqlite3.SQLITE_IOERR:
        return _failing_disk(path, error)
    return None


def _failing_disk(path: Path, error: Exception) -> DropallyError:
    # What was open for writing when the disk turned read-only fails like a broken disk.
    if is_read_only(path.parent):
        return DatabaseReadOnlyError(
            f"{path} cannot be written: its disk is read-only now",
            hint="the system log says why; a disk that failed is checked, mounted again, and"
            " Dropally restarted",
            retryable=True,
        )
    return DatabaseDiskError(
        f"{path}: the disk reported an error ({error})",
        hint="look into the system log and check the disk",
        retryable=True,
    )


def is_read_only(folder: Path) -> bool:
    """True if the folder's disk takes no writing, by mount or because the system found a fault."""
    try:
        os.utime(folder)  # a disk that failed does not say so in its mount's flags
    except OSError as error:
        return error.errno == errno.EROFS
    return False


def damaged(path: Path, finding: str, next_step: str) -> DatabaseDamagedError:
    """The error for a broken file."""
    return DatabaseDamagedError(f"{path} is damaged: {finding}", hint=next_step)
