"""The folder that is exported to. Nothing is ever written outside it, or half.

A file is written under a temporary name, checked against its content hash and then renamed;
so whatever bears its own name is complete, and an export that was killed goes on.
"""

import errno
import os
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from dropally.common.errors import DeniedError, DropallyError, UsageError
from dropally.dropbox_api import ContentHasher
from dropally.jobs.export.names import PARTIAL
from dropally.store import BytesLike, DamagedError

_READ_BYTES = 4 << 20
# From 1901 to 2242: what file systems keep, whatever a tree claims.
_EARLIEST_S, _LATEST_S = -(1 << 31), 1 << 33
_NOT_FOR_THIS_DISK = {errno.ENAMETOOLONG, errno.EINVAL, errno.EILSEQ}


class ItemError(DropallyError):
    """One item cannot be written here; the others can."""


class ExistsError(ItemError):
    """Something else lies where a file or folder was to be written; it was not touched."""


class TargetFolder:
    """One export's root. Paths given to its methods are relative and already safe names."""

    def __init__(self, root: Path) -> None:
        """Make the folder if it is missing. Raises UsageError, DeniedError."""
        if root.exists() and not root.is_dir():
            raise UsageError(f"{root} is a file, not a folder", hint="name another folder")
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _translated(root, error) from error
        self.root = root.resolve()
        self._folders: set[PurePosixPath] = {PurePosixPath()}
        self._partial = self.root / f"{PARTIAL}-{os.getpid()}"

    def close(self) -> None:
        """Remove what an interrupted write left: of this run, and of those that are dead."""
        for leftover in self.root.glob(f"{PARTIAL}-*"):
            owner = leftover.name.rpartition("-")[2]
            if leftover == self._partial or not Path("/proc", owner).exists():
                leftover.unlink(missing_ok=True)

    def make_folder(self, path: PurePosixPath) -> None:
        """The folder and those above it. Raises ItemError, as when a file or link is in the way."""
        if path in self._folders:
            return
        self.make_folder(path.parent)
        place = self.root / path
        try:
            place.mkdir()
        except FileExistsError:
            # lstat: a link would lead out of the target, whoever put it there.
            if not stat.S_ISDIR(place.lstat().st_mode):
                raise ExistsError(f"{place} is in the way and no folder") from None
        except OSError as error:
            raise _translated(place, error) from error
        self._folders.add(path)

    def has(self, path: PurePosixPath, size_bytes: int, modified: int | None) -> bool:
        """True if an earlier run has written this very file, by its size and time."""
        try:
            found = (self.root / path).lstat()
        except OSError:
            return False
        return (
            stat.S_ISREG(found.st_mode)
            and found.st_size == size_bytes
            and (modified is None or int(found.st_mtime) == _kept_time(modified))
        )

    def has_any(self, path: PurePosixPath) -> bool:
        """True if anything lies there."""
        return os.path.lexists(self.root / path)

    def hash_of(self, path: PurePosixPath) -> str:
        """The content hash of a file as it lies there."""
        hasher = ContentHasher()
        with (self.root / path).open("rb") as file:
            while piece := file.read(_READ_BYTES):
                hasher.update(piece)
        return hasher.hexdigest()

    def write(
        self,
        path: PurePosixPath,
        pieces: Iterable[BytesLike],
        modified: int | None,
        content_hash: bytes | None,
    ) -> int:
        """Write one file; its bytes. Raises ItemError, DeniedError, and what `pieces` raises.

        Raises DamagedError for bytes that do not give the content hash.
        """
        place = self.root / path
        if self.has_any(path):
            raise ExistsError(f"{place} exists already and is different")
        hasher = ContentHasher()
        try:
            with os.fdopen(self._open_partial(), "wb") as file:
                for piece in pieces:
                    file.write(piece)
                    hasher.update(piece)
            if content_hash is not None and hasher.hexdigest() != content_hash.hex():
                raise DamagedError(f"the bytes of {path} are not those that were backed up")
            if modified is not None:
                os.utime(self._partial, (_kept_time(modified),) * 2)
            self._partial.rename(place)
        except OSError as error:
            raise _translated(place, error) from error
        return hasher.size_bytes

    def _open_partial(self) -> int:
        """A new file for the bytes under way; what lies there is removed, and no link is followed."""
        self._partial.unlink(missing_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(self._partial, flags, 0o666)

    def link(self, path: PurePosixPath, target: str) -> None:
        """A symbolic link as it was in Dropbox; it is never followed here. Raises ItemError."""
        place = self.root / path
        if not target or "\0" in target:
            raise ItemError(f"{place} is a link that leads nowhere")
        if place.is_symlink() and str(place.readlink()) == target:
            return
        try:
            place.symlink_to(target)
        except FileExistsError as error:
            raise ExistsError(f"{place} exists already and is different") from error
        except OSError as error:
            raise _translated(place, error) from error


def _kept_time(modified: int) -> int:
    return max(_EARLIEST_S, min(modified, _LATEST_S))


def _translated(place: Path, error: OSError) -> DropallyError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DeniedError(
            f"no space is left for {place}", hint="free space, then export again: it goes on"
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return DeniedError(
            f"{place} cannot be written: {error.strerror}", hint="check the folder's owner and mode"
        )
    if error.errno in _NOT_FOR_THIS_DISK:
        return ItemError(f"{error.strerror}: {place}")
    return DropallyError(f"{place} cannot be written: {error.strerror}")
