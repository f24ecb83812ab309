"""Where objects are kept: one small interface, and everything that offers it."""

from dropally.store.backend.contract import (
    Backend,
    BytesLike,
    ObjectStat,
    Version,
    check_key,
)
from dropally.store.backend.local import LocalBackend
from dropally.store.backend.memory import MemoryBackend

__all__ = [
    "Backend",
    "BytesLike",
    "LocalBackend",
    "MemoryBackend",
    "ObjectStat",
    "Version",
    "check_key",
]
