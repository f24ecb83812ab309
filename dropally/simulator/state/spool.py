"""Upload bodies: hashed while they stream in, in memory while small, then in a file."""

import os
import tempfile
from pathlib import Path
from typing import IO

from dropally.simulator.content_hash import ContentHasher
from dropally.simulator.state.contents import IN_MEMORY_LIMIT, ContentStore


class SpooledBody:
    """The body of one upload, on its way into the content store."""

    def __init__(self, contents: ContentStore) -> None:
        self.size = 0
        self._contents = contents
        self.hasher = ContentHasher()
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self._path: Path | None = None

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self.hasher.update(piece)
        if self._file is None and self.size <= IN_MEMORY_LIMIT:
            self._memory += piece
            return
        self._spill().write(piece)

    def store(self) -> str:
        """Hand the bytes over to the content store; their content hash."""
        digest = self.hasher.hexdigest()
        if self._file is None or self._path is None:
            return self._contents.add(bytes(self._memory), digest)
        self._file.close()
        self._contents.adopt(self._path, digest)
        self._file = self._path = None
        return digest

    def save_as(self, path: Path) -> None:
        """Move the bytes to a file of the caller's."""
        if self._file is None or self._path is None:
            path.write_bytes(self._memory)
            return
        self._file.close()
        self._path.replace(path)
        self._file = self._path = None

    def read(self, offset: int, length: int) -> bytes:
        """Some of the bytes, while they are still here."""
        if self._file is None or self._path is None:
            return bytes(self._memory[offset : offset + length])
        self._file.flush()
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    def content_hash(self) -> str:
        """The content hash of what arrived."""
        return self.hasher.hexdigest()

    def abort(self) -> None:
        """Forget the bytes."""
        if self._file is not None and self._path is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
            self._file = self._path = None

    def _spill(self) -> IO[bytes]:
        if self._file is None:
            descriptor, name = tempfile.mkstemp(dir=self._contents.spool_folder)
            self._file, self._path = os.fdopen(descriptor, "wb"), Path(name)
            self._file.write(self._memory)
            self._memory.clear()
        return self._file
