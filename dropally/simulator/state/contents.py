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
"""Contents up to this size are kept in memory or in the state file, larger ones in their own."""


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
class StoredFile:
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


class SmallContents(Protocol):
    """Where contents too small for a file of their own are saved."""

    def put_content(self, digest: str, data: bytes) -> None:
        """Save some bytes, at the next save."""
        ...

    def find_content(self, digest: str) -> bytes | None:
        """Bytes that a save has written."""
        ...


class ContentStore:
    """Contents by hash; generated ones by reference.

    Small ones stay in memory, or with a state folder until the next save; large ones are files.
    """

    def __init__(self, folder: Path | None = None, small: SmallContents | None = None) -> None:
        self._small = small
        self._scratch = None if folder else tempfile.TemporaryDirectory(prefix="simulator-")
        self._folder = folder or Path(self._scratch.name if self._scratch else "")
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
        if len(data) <= IN_MEMORY_LIMIT:
            self._memory[digest] = data
            if self._small is not None:
                self._small.put_content(digest, data)
        elif not (path := self._path(digest)).exists():
            partial = self.spool_folder / digest
            partial.write_bytes(data)
            partial.replace(path)
        return digest

    def adopt(self, spooled: Path, digest: str) -> None:
        """Take over a file that holds the content with this hash."""
        spooled.replace(self._path(digest))

    def saved(self) -> None:
        """Everything was saved: small contents need not be kept in memory any longer."""
        if self._small is not None:
            self._memory.clear()

    def generate(self, scheme: str, generator: Generator) -> None:
        """Register who makes the contents whose reference is `scheme:key`; it is given the key."""
        self._generators[scheme] = generator

    def find(self, digest: str) -> ContentSource | None:
        """A stored content by its hash."""
        data = self._memory.get(digest)
        if data is None and self._small is not None:
            data = self._small.find_content(digest)
        if data is not None:
            return MemoryContent(data)
        path = self._path(digest)
        return StoredFile(path, path.stat().st_size) if path.exists() else None

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
