"""Two sets of credentials for one bucket: one writes and reads, the other deletes.

So the credentials of everyday work can do no harm to what is stored, and stand where backups run;
the others are given only where space is freed.
"""

from dropally.store.backend.contract import Backend
from dropally.store.backend.passing import PassingBackend


class TwoKeyBackend(PassingBackend):
    """Passes deletions to `deleting`, all else to `writing`: both are the same place."""

    def __init__(self, writing: Backend, deleting: Backend) -> None:
        super().__init__(writing)
        self._deleting = deleting

    def delete(self, key: str) -> None:
        """As `Backend.delete`."""
        self._deleting.delete(key)

    def close(self) -> None:
        """Close both."""
        super().close()
        self._deleting.close()
