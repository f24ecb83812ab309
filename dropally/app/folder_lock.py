"""One server a data folder: a second one would write the same databases and run the same jobs."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dropally.common.errors import DeniedError, TryLaterError

FILE_NAME = "serve.lock"


@contextmanager
def locked_folder(data: Path) -> Iterator[None]:
    """Hold the folder; the kernel lets go of it when the process ends, however it ends.

    Raises TryLaterError naming the process that has it, DeniedError.
    """
    path = data / FILE_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise DeniedError(
            f"{path} cannot be written: {error.strerror}", hint="check the folder's owner and mode"
        ) from error
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor, 32, 0).decode("ascii", "replace").strip()
            raise TryLaterError(
                f"a server uses the folder {data} already (process {holder or 'unknown'})",
                hint="stop it first, or give this one another [paths] data",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)
