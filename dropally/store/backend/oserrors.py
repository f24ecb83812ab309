"""Translate the operating system's errors, once."""

import errno

from dropally.store.errors import (
    BackendUnavailableError,
    ObjectNotFoundError,
    ReadOnlyError,
    StoreError,
    StoreFullError,
)

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EROFS, errno.EACCES, errno.EPERM}
_ABSENT = {errno.ENOENT, errno.ENOTDIR}


def translate(error: OSError, what: str) -> StoreError:
    """The store's error for `error`; `what` says what was being done, e.g. "write packs/ab/x"."""
    reason = error.strerror or type(error).__name__
    message = f"cannot {what}: {reason}"
    if error.errno in _FULL:
        return StoreFullError(message, hint="Free some space or raise the quota, then run again.")
    if error.errno in _DENIED:
        return ReadOnlyError(
            message, hint="Check that the file system is mounted writable and who owns the folder."
        )
    if error.errno in _ABSENT:
        return ObjectNotFoundError(message)
    return BackendUnavailableError(message, hint="Check the disk, its mount and the kernel's log.")
