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
        self._hasher = ContentHasher()
        self._memory = bytearray()
        self._file: IO[bytes] | None = None
        self._path: Path | None = None

    def write(self, piece: bytes) -> None:
        """Take the next bytes."""
        self.size += len(piece)
        self._hasher.update(piece)
        if self._file is None and self.size <= IN_MEMORY_LIMIT:
            self._memory += piece
            return
        self._spill().write(piece)

    def store(self) -> str:
        """Hand the bytes over to the content store; their content hash."""
        digest = self._hasher.hexdigest()
        if self._file is None or self._path is None:
            return self._contents.add(bytes(self._memory), digest)
        self._file.close()
        self._contents.adopt(self._path, digest)
        self._file = self._path = None
        return digest

    def content_hash(self) -> str:
        """The content hash of what arrived."""
        return self._hasher.hexdigest()

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
