"""The bytes of files, each content once, named by its Dropbox content hash."""

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from dropally.simulator.content_hash import content_hash
from dropally.simulator.state.entry import Entry

IN_MEMORY_LIMIT = 256 * 1024
"""Without a state folder, contents up to this size stay in memory; larger ones go to a file."""


class ContentSource(Protocol):
    """Bytes that can be read anywhere, any number of times."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes | memoryview:
        """At most `length` bytes from `offset`; short only at the end."""
        ...


@dataclass(frozen=True, slots=True)
class MemoryContent:
    """Bytes in memory."""

    data: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.data)

    def read(self, offset: int, length: int) -> memoryview:
        """A view, not a copy."""
        return memoryview(self.data)[offset : offset + length]


@dataclass(frozen=True, slots=True)
class FileContent:
    """Bytes in a file. Opened for each read, so that nothing has to be closed."""

    path: Path
    size: int

    def read(self, offset: int, length: int) -> bytes:
        """Read from the file."""
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            return os.pread(descriptor, length, offset)
        finally:
            os.close(descriptor)


Generator = Callable[[str], ContentSource]


class ContentStore:
    """Contents by hash; generated ones by reference."""

    def __init__(self, folder: Path | None = None) -> None:
        self._scratch = None if folder else tempfile.TemporaryDirectory(prefix="simulator-")
        self._folder = folder or Path(self._scratch.name if self._scratch else "")
        self._persistent = folder is not None
        self._memory: dict[str, bytes] = {}
        self._generators: dict[str, Generator] = {}
        self.spool_folder = self._folder / "spool"
        self.spool_folder.mkdir(parents=True, exist_ok=True)

    def close(self) -> None:
        """Remove what was only temporary."""
        if self._scratch is not None:
            self._scratch.cleanup()

    def add(self, data: bytes, known_hash: str = "") -> str:
        """Keep some bytes; their content hash."""
        digest = known_hash or content_hash(data)
        if len(data) <= IN_MEMORY_LIMIT and not self._persistent:
            self._memory[digest] = data
        elif not (path := self._path(digest)).exists():
            partial = self.spool_folder / digest
            partial.write_bytes(data)
            partial.replace(path)
        return digest

    def adopt(self, spooled: Path, digest: str) -> None:
        """Take over a file that holds the content with this hash."""
        spooled.replace(self._path(digest))

    def generate(self, scheme: str, generator: Generator) -> None:
        """Register who makes the contents whose reference is `scheme:key`; it is given the key."""
        self._generators[scheme] = generator

    def find(self, digest: str) -> ContentSource | None:
        """A stored content by its hash."""
        data = self._memory.get(digest)
        if data is not None:
            return MemoryContent(data)
        path = self._path(digest)
        return FileContent(path, path.stat().st_size) if path.exists() else None

    def open(self, entry: Entry) -> ContentSource:
        """The bytes of a file. Raises KeyError when they are gone."""
        if entry.content_ref:
            scheme, _, key = entry.content_ref.partition(":")
            return self._generators[scheme](key)
        found = self.find(entry.content_hash)
        if found is None:
            raise KeyError(entry.content_hash)
        return found

    def spool_path(self, name: str) -> Path:
        """Where the bytes of an unfinished upload are kept."""
        return self.spool_folder / name.replace(":", "-")

    def _path(self, digest: str) -> Path:
        folder = self._folder / digest[:2]
        folder.mkdir(exist_ok=True)
        return folder / digest
