"""Two sets of credentials for one bucket: one writes and reads, the other deletes.

So the credentials of everyday work can do no harm to what is stored, and stand where backups run;
the others are given only where space is freed.
"""

from collections.abc import Iterator, Sequence

from dropally.store.backend.contract import Backend, BytesLike, ObjectStat, Version


class TwoKeyBackend:
    """Passes deletions to `deleting`, all else to `writing`: both are the same place."""

    def __init__(self, writing: Backend, deleting: Backend) -> None:
        self._writing = writing
        self._deleting = deleting

    @property
    def location(self) -> str:
        """Where both are."""
        return self._writing.location

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._writing.put_new(key, parts)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        return self._writing.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        return self._writing.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`."""
        return self._writing.list(prefix)

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._deleting.delete(key)

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        return self._writing.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        return self._writing.swap(key, data, expected)

    def close(self) -> None:
        """Close both."""
        self._writing.close()
        self._deleting.close()
