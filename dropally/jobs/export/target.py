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
from dropally.store import BytesLike

_PARTIAL = ".dropally-partial"
_READ_BYTES = 4 << 20


class ExistsError(DropallyError):
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
        self._partial = self.root / f"{_PARTIAL}-{os.getpid()}"

    def close(self) -> None:
        """Remove what an interrupted write left: of this run, and of those that are dead."""
        for leftover in self.root.glob(f"{_PARTIAL}-*"):
            owner = leftover.name.rpartition("-")[2]
            if leftover == self._partial or not Path("/proc", owner).exists():
                leftover.unlink(missing_ok=True)

    def make_folder(self, path: PurePosixPath) -> None:
        """The folder and those above it. Raises ExistsError when a file or link is in the way."""
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
            and (modified is None or int(found.st_mtime) == modified)
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
        """Write one file; its bytes. Raises ExistsError, DeniedError, and what `pieces` raises."""
        place = self.root / path
        if self.has_any(path):
            raise ExistsError(f"{place} exists already and is different")
        hasher = ContentHasher()
        try:
            with self._partial.open("wb") as file:
                for piece in pieces:
                    file.write(piece)
                    hasher.update(piece)
            if content_hash is not None and hasher.hexdigest() != content_hash.hex():
                raise DropallyError(f"the bytes of {path} are not those that were backed up")
            if modified is not None:
                os.utime(self._partial, (modified, modified))
            self._partial.rename(place)
        except OSError as error:
            raise _translated(place, error) from error
        return hasher.size_bytes

    def link(self, path: PurePosixPath, target: str) -> None:
        """A symbolic link as it was in Dropbox; it is never followed here."""
        place = self.root / path
        if place.is_symlink() and str(place.readlink()) == target:
            return
        try:
            place.symlink_to(target)
        except FileExistsError as error:
            raise ExistsError(f"{place} exists already and is different") from error
        except OSError as error:
            raise _translated(place, error) from error


def _translated(place: Path, error: OSError) -> DropallyError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DeniedError(
            f"no space is left for {place}", hint="free space, then export again: it goes on"
        )
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return DeniedError(
            f"{place} cannot be written: {error.strerror}", hint="check the folder's owner and mode"
        )
    return DropallyError(f"{place} cannot be written: {error.strerror}")
