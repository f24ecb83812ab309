"""Translate the operating system's errors, once."""

import errno

from dropally.store.errors import (
    BackendUnavailableError,
    DamagedError,
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
        return ObjectNotFoundError(
            message, hint="Check that the folder is there, and that nothing else bears its name."
        )
    return BackendUnavailableError(message, hint="Check the disk, its mount and the kernel's log.")


def translate_read(error: OSError, what: str) -> StoreError:
    """The same for reading: what a disk cannot read is damaged, and trying again does not help."""
    if error.errno == errno.EIO:
        return DamagedError(
            f"cannot {what}: {error.strerror or 'input/output error'}",
            hint="The disk is failing. Verify names all that is concerned; replace the disk.",
        )
    return translate(error, what)
