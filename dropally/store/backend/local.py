"""A repository in a folder.

Every object is written to a temporary file, made durable, and only then given its name, without
replacing: after a crash an object is there whole or not at all. The folder's own entry, and that
of each folder made on the way, is made durable too, before `put_new` returns.
Temporary files live in `tmp~`, and the lock for `swap` is `lock~`: `~` is in no key, so neither
can be mistaken for an object.
"""

import contextlib
import errno
import fcntl
import os
import secrets
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from dropally.store.backend import oserrors
from dropally.store.backend.contract import (
    BytesLike,
    ObjectStat,
    Version,
    check_key,
    check_prefix,
    is_key,
    version_of,
)
from dropally.store.backend.direct import DirectWriter
from dropally.store.backend.naming import name_new_file, sync_folder
from dropally.store.backend.ranges import cut_short, resolve_range
from dropally.store.errors import (
    AlreadyExistsError,
    ConflictError,
    DamagedError,
    ObjectNotFoundError,
)

TEMPORARY_FOLDER = "tmp~"
LOCK_FILE = "lock~"
STALE_AFTER_S = 24 * 3600


class LocalBackend:
    """Objects as files below `path`. The folder is made with the first object."""

    def __init__(self, path: Path | str) -> None:
        self._root = Path(path).absolute()
        self.location = str(self._root)
        self._writer = DirectWriter()
        self._prepared: set[Path] = set()
        self._prepare_lock = threading.Lock()

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """Store the parts under a free key; bytes, name and folders are durable on return."""
        target = self._path(key)
        try:
            if target.exists():
                # Cheap way out; the naming below decides when two writers race.
                raise AlreadyExistsError(f"{key} exists already in {self.location}")
            with self._durable_temporary(parts) as temporary:
                self._make_folder(target.parent)
                name_new_file(temporary, target)
            sync_folder(target.parent)
        except FileExistsError as error:
            raise AlreadyExistsError(f"{key} exists already in {self.location}") from error
        except OSError as error:
            raise oserrors.translate(error, f"write {key} in {self.location}") from error

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """A byte range, exactly as long as asked for."""
        try:
            with self._open(key) as fd:
                size = os.fstat(fd).st_size
                start, end = resolve_range(key, size, offset, length)
                data = _read_exactly(fd, start, end - start)
        except IsADirectoryError as error:
            raise ObjectNotFoundError(f"{key} is not in {self.location}") from error
        except OSError as error:
            raise oserrors.translate_read(error, f"read {key} in {self.location}") from error
        if len(data) != end - start:
            raise cut_short(key, start + len(data), offset, length)
        return data

    def stat(self, key: str) -> ObjectStat:
        """Size and time of one object."""
        path = self._path(key)
        try:
            found = path.stat()
        except OSError as error:
            raise oserrors.translate(error, f"look at {key} in {self.location}") from error
        if not path.is_file():
            raise ObjectNotFoundError(f"{key} is not in {self.location}")
        return ObjectStat(key, found.st_size, _to_datetime(found))

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """Objects under a prefix in the order of their keys, folder by folder."""
        check_prefix(prefix)
        folder = prefix.rpartition("/")[0]
        try:
            yield from self._walk(folder, prefix)
        except OSError as error:
            raise oserrors.translate(error, f"list {prefix or 'the repository'}") from error

    def delete(self, key: str) -> None:
        """Remove an object; durable on return, so that deletions keep their order in a crash."""
        path = self._path(key)
        try:
            with self._swap_lock():
                path.unlink(missing_ok=True)
            if path.parent.exists():
                sync_folder(path.parent)
        except FileNotFoundError:
            return
        except OSError as error:
            raise oserrors.translate(error, f"delete {key} in {self.location}") from error

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """Bytes and the version token for `swap`."""
        data = self.get(key)
        return data, version_of(data)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """Compare-and-set under a lock file that all processes on this folder share."""
        target = self._path(key)
        try:
            with self._durable_temporary([data]) as temporary:
                self._make_folder(target.parent)
                with self._swap_lock():
                    if self._current_version(key) != expected:
                        raise ConflictError(f"{key} was changed by somebody else")
                    temporary.replace(target)
            sync_folder(target.parent)
        except OSError as error:
            raise oserrors.translate(error, f"write {key} in {self.location}") from error
        return version_of(data)

    def close(self) -> None:
        """Nothing stays open between calls."""

    def _path(self, key: str) -> Path:
        return self._root / check_key(key)

    @contextlib.contextmanager
    def _open(self, key: str) -> Iterator[int]:
        fd = os.open(self._path(key), os.O_RDONLY | os.O_CLOEXEC)
        try:
            yield fd
        finally:
            os.close(fd)

    def _current_version(self, key: str) -> Version | None:
        try:
            return self.read_version(key)[1]
        except ObjectNotFoundError:
            return None

    @contextlib.contextmanager
    def _swap_lock(self) -> Iterator[None]:
        """One swapper or deleter at a time; a killed process lets go of it."""
        self._make_folder(self._root)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        fd = os.open(self._root / LOCK_FILE, flags, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX)
            yield
        finally:
            os.close(fd)

    @contextlib.contextmanager
    def _durable_temporary(self, parts: Sequence[BytesLike]) -> Iterator[Path]:
        """A temporary file whose bytes are on the disk; gone at the end unless it was renamed."""
        folder = self._root / TEMPORARY_FOLDER
        self._make_folder(folder)
        path = folder / secrets.token_hex(16)
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            try:
                self._writer.write(fd, parts)
            finally:
                os.close(fd)
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> None:
        """Make a folder and those above it, durably, once per process."""
        with self._prepare_lock:
            if folder in self._prepared and folder.is_dir():
                return
            self._make_durably(folder)
            if folder.name == TEMPORARY_FOLDER:
                _remove_stale(folder)

    def _make_durably(self, folder: Path) -> None:
        """A folder that is there already may be another writer's, its name not durable yet."""
        inside = folder != self._root and folder.is_relative_to(self._root)
        missing = not folder.is_dir()
        if not missing and (not inside or folder in self._prepared):
            return
        self._make_durably(folder.parent)
        if missing:
            _make_folder(folder)
        sync_folder(folder.parent)
        self._prepared.add(folder)

    def _walk(self, folder: str, prefix: str) -> Iterator[ObjectStat]:
        """Depth first; a folder sorts as its name with the slash, which is how keys sort."""
        try:
            with os.scandir(self._root / folder) as scan:
                entries = [(_sort_name(entry), entry) for entry in scan]
        except (FileNotFoundError, NotADirectoryError):
            return
        for name, entry in sorted(entries, key=lambda item: item[0]):
            key = f"{folder}/{name}" if folder else name
            if name.endswith("/"):
                if is_key(key[:-1]) and (key.startswith(prefix) or prefix.startswith(key)):
                    yield from self._walk(key[:-1], prefix)
            elif is_key(key) and key.startswith(prefix):
                yield from _stat_entry(entry, key)


def _make_folder(folder: Path) -> None:
    """Another writer may make it, too. Raises NotADirectoryError when a file is in the way."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(errno.ENOTDIR, f"{folder} is no folder") from error


def _sort_name(entry: os.DirEntry[str]) -> str:
    return entry.name + "/" if entry.is_dir(follow_symlinks=False) else entry.name


def _stat_entry(entry: os.DirEntry[str], key: str) -> Iterator[ObjectStat]:
    if entry.is_symlink():
        # Following it may leave the repository; skipping it would cut the listing short.
        raise DamagedError(
            f"{key} is a symbolic link, which a repository never holds",
            hint="Replace the link by what it points to.",
        )
    try:
        found = entry.stat(follow_symlinks=False)
    except FileNotFoundError:
        return  # deleted since the folder was read
    yield ObjectStat(key, found.st_size, _to_datetime(found))


def _remove_stale(folder: Path) -> None:
    """Remove what crashed writers left, by the file system's own clock.

    A writer at work touches its file far more often than once a day.
    """
    probe = folder / secrets.token_hex(16)
    probe.touch(mode=0o600)
    newest = probe.stat().st_mtime
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if path == probe or newest - path.stat().st_mtime > STALE_AFTER_S:
                path.unlink()


def _read_exactly(fd: int, start: int, length: int) -> bytes:
    """Up to `length` bytes; fewer only when the file ends."""
    data = os.pread(fd, length, start)
    if len(data) == length:
        return data
    pieces = [data]
    done = len(data)
    while done < length and pieces[-1]:
        pieces.append(os.pread(fd, length - done, start + done))
        done += len(pieces[-1])
    return b"".join(pieces)


def _to_datetime(found: os.stat_result) -> datetime:
    return datetime.fromtimestamp(found.st_mtime, UTC)
