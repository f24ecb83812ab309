"""Dropbox's content hash: SHA-256 over the SHA-256 digests of the 4 MiB blocks, in hex.

Source of the rule: Dropbox's developer reference, "Content hash".
"""

import hashlib

BLOCK_SIZE = 4 * 1024 * 1024


def content_hash(data: bytes | memoryview) -> str:
    """The hash of some bytes."""
    hasher = ContentHasher()
    hasher.update(data)
    return hasher.hexdigest()


class ContentHasher:
    """The hash of a stream."""

    def __init__(self) -> None:
        self.digests: list[bytes] = []
        """Digests of the blocks that are full."""
        self._block = hashlib.sha256()
        self._filled = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes."""
        view = memoryview(data)
        while view:
            piece = view[: BLOCK_SIZE - self._filled]
            self._block.update(piece)
            self._filled += len(piece)
            view = view[len(piece) :]
            if self._filled == BLOCK_SIZE:
                self.digests.append(self._block.digest())
                self._block = hashlib.sha256()
                self._filled = 0

    def block_digests(self) -> list[bytes]:
        """The digests of all blocks so far, the unfinished one included."""
        return [*self.digests, self._block.digest()] if self._filled else list(self.digests)

    def hexdigest(self) -> str:
        """The hash of everything so far."""
        return combine(self.block_digests())


def combine(digests: list[bytes]) -> str:
    """The content hash from the digests of all blocks."""
    return hashlib.sha256(b"".join(digests)).hexdigest()
