"""Tells whether a database was closed in order when it was last used.

Beside the database lies a small file that everybody who has it open holds a shared lock on. It
says "open" from the first opening to the last orderly close, so that whoever opens it alone and
still reads "open" knows that a process died or the power failed.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path

_OPEN = b"open\n"


class OpenMark:
    """The mark of one opening. Raises OSError when the folder cannot be written."""

    def __init__(self, database: Path) -> None:
        path = database.with_name(database.name + ".lock")
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self.is_first = self._lock_alone()
        """True if nobody else has the database open; they wait until `share`."""
        if not self.is_first:
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        self.was_unclean = self.is_first and os.pread(self._descriptor, 16, 0) == _OPEN

    def share(self) -> None:
        """Say that the database is open; from now on others may open it too."""
        if self.is_first:
            os.pwrite(self._descriptor, _OPEN, 0)
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def close(self, *, clean: bool = True) -> None:
        """Let go; the last one to do so in order wipes the mark."""
        if self._descriptor < 0:
            return
        if clean and self._lock_alone():
            # On a disk that takes no writing any more the mark stays: the next opening has a look.
            with suppress(OSError):
                os.ftruncate(self._descriptor, 0)
        os.close(self._descriptor)
        self._descriptor = -1

    def _lock_alone(self) -> bool:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
