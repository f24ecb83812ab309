"""A backend before, or after, one of whose operations something else happens."""

from collections.abc import Callable, Iterator

from dropally.store.backend import Backend, ObjectStat
from dropally.store.backend.passing import PassingBackend


class Meanwhile(PassingBackend):
    """Passes calls on. `when` says what happens, once, at the first call of a kind."""

    def __init__(self, inner: Backend) -> None:
        super().__init__(inner)
        self._operation, self._prefix = "", ""
        self._do: Callable[[], object] | None = None

    @property
    def is_over(self) -> bool:
        """Whether it happened."""
        return self._do is None

    def when(self, operation: str, prefix: str, do: Callable[[], object]) -> None:
        """Before the next `get` or `list` of such a key."""
        self._operation, self._prefix, self._do = operation, prefix, do

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """As `Backend.get`."""
        self._happen("get", key)
        return super().get(key, offset, length)

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """As `Backend.list`."""
        self._happen("list", prefix)
        return super().list(prefix)

    def _happen(self, operation: str, key: str) -> None:
        if self._do is not None and operation == self._operation and key.startswith(self._prefix):
            do, self._do = self._do, None
            do()
