"""Stop writing before a disk is full: whoever needs the last bytes of it is not a backup."""

import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dropally.store.backend.contract import Backend, BytesLike
from dropally.store.backend.passing import PassingBackend
from dropally.store.errors import StoreFullError

_LARGE = "packs/"


@dataclass(frozen=True, slots=True)
class Floor:
    """What is to stay free on a disk: so many bytes, and so large a share (0 to 1) of it."""

    size_bytes: int = 0
    share: float = 0.0

    def needed(self, total_bytes: int) -> int:
        """In bytes, of a disk of this size."""
        return max(self.size_bytes, int(self.share * total_bytes))


class FlooredBackend(PassingBackend):
    """Refuses packs that would leave less free than the floor; small objects always pass.

    So what is durable already can still be committed, and the next run goes on from there.
    """

    def __init__(self, inner: Backend, folder: Path, floor: Floor) -> None:
        """`folder` is where `inner` writes to; it may not be there yet."""
        super().__init__(inner)
        self._folder = folder
        self._floor = floor

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """As `Backend.put_new`."""
        if key.startswith(_LARGE):
            self._check(sum(len(part) for part in parts))
        self._inner.put_new(key, parts)

    def _check(self, size_bytes: int) -> None:
        """A disk that does not tell its size is left to say itself that it is full."""
        for place in (self._folder, *self._folder.parents):
            with suppress(OSError):
                usage = shutil.disk_usage(place)
                needed = self._floor.needed(usage.total)
                if usage.free - size_bytes < needed:
                    raise StoreFullError(
                        f"{self.location} has {usage.free >> 20} MiB free, and is to keep"
                        f" {needed >> 20} MiB free",
                        hint="Free some space or lower min_free; restores go on meanwhile.",
                    )
                return
