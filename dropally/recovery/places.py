"""How many zip files are made at once for people who wait: each costs a reader's memory and a core."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from dropally.common.errors import TryLaterError


class Places:
    """So many and no more; safe for threads."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._taken = 0

    def require_free(self) -> None:
        """Raise TryLaterError when all are taken.

        Nothing is taken yet: whoever asked may be gone before the first byte.
        """
        with self._lock:
            if self._taken >= self._limit:
                raise TryLaterError(
                    f"{self._taken} zip files are being sent already",
                    hint="wait until one of them is through, or have it prepared as a download",
                    retryable=True,
                )

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Take one while the block runs."""
        with self._lock:
            self._taken += 1
        try:
            yield
        finally:
            with self._lock:
                self._taken -= 1
