"""Dropbox's content hash: SHA-256 over the SHA-256 digests of each 4 MiB block.

The rule is Dropbox's (developers' reference, "content hash"); the bytes are hashed by OpenSSL,
which lets other threads run meanwhile.
"""

import hashlib
from collections.abc import Iterable

BLOCK_BYTES = 4 * 1024 * 1024
EMPTY_CONTENT_HASH = hashlib.sha256().hexdigest()


class ContentHasher:
    """Feed it a file in pieces of any size, then ask for `hexdigest()`."""

    def __init__(self) -> None:
        self._overall = hashlib.sha256()
        self._block = hashlib.sha256()
        self._block_bytes = 0
        self.size_bytes = 0

    def update(self, piece: bytes | bytearray | memoryview) -> None:
        """Add the next bytes of the file."""
        length = len(piece)
        self.size_bytes += length
        if self._block_bytes + length < BLOCK_BYTES:
            self._block.update(piece)
            self._block_bytes += length
            return
        view = memoryview(piece)
        while view:
            part = view[: BLOCK_BYTES - self._block_bytes]
            self._block.update(part)
            self._block_bytes += len(part)
            view = view[len(part) :]
            if self._block_bytes == BLOCK_BYTES:
                self._overall.update(self._block.digest())
                self._block = hashlib.sha256()
                self._block_bytes = 0

    def hexdigest(self) -> str:
        """The hash of everything so far; more may be added afterwards."""
        overall = self._overall.copy()
        if self._block_bytes:
            overall.update(self._block.digest())
        return overall.hexdigest()


def block_digests(data: bytes | bytearray) -> bytes:
    """The digests of each 4 MiB block of `data`, joined.

    SHA-256 of a file's block digests is its content hash, so one pass over the bytes serves the
    hash of a part (that starts on a block's border) and the hash of the whole.
    """
    view = memoryview(data)
    blocks = (view[at : at + BLOCK_BYTES] for at in range(0, len(view), BLOCK_BYTES))
    return b"".join(hashlib.sha256(block).digest() for block in blocks)


def hash_of_digests(digests: bytes) -> str:
    """The content hash of the bytes whose block digests these are."""
    return hashlib.sha256(digests).hexdigest()


def content_hash(pieces: Iterable[bytes]) -> str:
    """The content hash of a whole file given in pieces."""
    hasher = ContentHasher()
    for piece in pieces:
        hasher.update(piece)
    return hasher.hexdigest()
