"""The ground of backends in front of another: every call is passed on as it is."""

from collections.abc import Iterator, Sequence

from dropally.store.backend.contract import Backend, BytesLike, ObjectStat, Version


class PassingBackend:
    """Passes every call to `inner`. What stands in front overrides only what it does otherwise."""

    def __init__(self, inner: Backend) -> None:
        self._inner = inner

    @property
    def location(self) -> str:
        """Where `inner` is."""
        return self._inner.location

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        self._inner.put_new(key, parts)

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        return self._inner.get(key, offset, length)

    def stat(self, key: str) -> ObjectStat:
        """As `Backend.stat`."""
        return self._inner.stat(key)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`."""
        return self._inner.list(prefix)

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._inner.delete(key)

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """As `Backend.read_version`."""
        return self._inner.read_version(key)

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """As `Backend.swap`."""
        return self._inner.swap(key, data, expected)

    def close(self) -> None:
        """Close `inner`."""
        self._inner.close()
