"""The files of a folder on this machine, in the order of a tree's keys."""

import os
from collections.abc import Callable, Iterator
from typing import NamedTuple

_CACHE_FOLDER = ".dropbox.cache"
"""Where Dropbox's own client keeps what it deleted or has not finished."""


class LocalFile(NamedTuple):
    """A file as it stands on the disk. The key is its path below the folder, as a tree keeps it."""

    key: bytes
    disk_path: str
    size_bytes: int
    modified_ns: int


OnTrouble = Callable[[str, OSError], None]


def walk(folder: str, on_trouble: OnTrouble) -> Iterator[LocalFile]:
    """All plain files below a folder, by key; one folder's names are in memory at a time.

    Links are not followed, since they may lead out of the folder. What cannot be looked at is told
    to `on_trouble` with its path, and passed over.
    """
    yield from _walk(folder, "", on_trouble)


def _walk(folder: str, below: str, on_trouble: OnTrouble) -> Iterator[LocalFile]:
    try:
        with os.scandir(folder) as scan:
            entries = [(_sort_key(entry), entry) for entry in scan]
    except OSError as error:
        on_trouble(folder, error)
        return
    entries.sort(key=lambda pair: pair[0])
    for _, entry in entries:
        path = f"{below}/{entry.name}"
        if entry.is_dir(follow_symlinks=False):
            if entry.name != _CACHE_FOLDER:
                yield from _walk(entry.path, path, on_trouble)
        elif entry.is_file(follow_symlinks=False):
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                on_trouble(entry.path, error)
                continue
            yield LocalFile(key_of(path), entry.path, found.st_size, found.st_mtime_ns)


def _sort_key(entry: "os.DirEntry[str]") -> bytes:
    """So that what is below a folder stands where its keys belong: `a.txt` before `a/b`."""
    is_folder = entry.is_dir(follow_symlinks=False)
    return key_of(f"{entry.name}/" if is_folder else entry.name)


def key_of(path: str) -> bytes:
    """UTF-8; a name that is none keeps its odd bytes as visible escapes."""
    return path.encode(errors="backslashreplace")
