"""What every backend offers, and the names that objects may bear."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from dropally.store.errors import InvalidKeyError

BytesLike = bytes | bytearray | memoryview

MAX_KEY_LENGTH = 512
_SEGMENT = r"[a-z0-9_-][a-z0-9._-]{0,199}"
_KEY = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_PREFIX = re.compile(rf"(?:{_SEGMENT}/)*(?:{_SEGMENT})?")


@dataclass(frozen=True, slots=True)
class ObjectStat:
    """An object's key, its size, and when the backend (by its own clock) last saw it written."""

    key: str
    size_bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True)
class Version:
    """An opaque token that changes when an object's bytes do; made for `Backend.swap`."""

    token: str


class Backend(Protocol):
    """A dumb, small, durable map from keys to bytes. Implementations are safe to share by threads.

    Every method may raise `BackendUnavailableError`, `ReadOnlyError` and `InvalidKeyError`.
    """

    @property
    def location(self) -> str:
        """Where this is, for messages; never holds credentials."""
        ...

    def put_new(self, key: str, parts: Sequence[BytesLike]) -> None:
        """Store the concatenated parts under a key that is free; durable when it returns.

        Readers see the whole object or none. Raises `AlreadyExistsError`, `StoreFullError`.
        """
        ...

    def get(self, key: str, offset: int = 0, length: int | None = None) -> bytes:
        """Exactly `length` bytes from `offset` (None: to the end).

        Raises `ObjectNotFoundError`; `DamagedError` when the object is too short for the range.
        """
        ...

    def stat(self, key: str) -> ObjectStat:
        """Size and time of one object. Raises `ObjectNotFoundError`."""
        ...

    def list(self, prefix: str) -> Iterator[ObjectStat]:
        """All objects whose keys start with `prefix`, sorted by key; complete, or it raises."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; removing what is not there is no error."""
        ...

    def read_version(self, key: str) -> tuple[bytes, Version]:
        """An object's bytes and the version they have. Raises `ObjectNotFoundError`."""
        ...

    def swap(self, key: str, data: bytes, expected: Version | None) -> Version:
        """Write `data` only if the object still has the `expected` version (None: is absent).

        Returns the new version. Raises `ConflictError` when somebody else was first.
        """
        ...

    def close(self) -> None:
        """Let go of connections and files. Closing twice is no error."""
        ...


def check_key(key: str) -> str:
    """Return `key` when it may name an object; raise `InvalidKeyError` otherwise.

    Lower case only, because some file systems fold case; no segment begins with a dot, so that
    none climbs out of the repository; lengths fit every file system and object store.
    """
    if len(key) > MAX_KEY_LENGTH or not _KEY.fullmatch(key):
        raise InvalidKeyError(
            f"{key[:80]!r} cannot name an object in a repository",
            hint="Keys hold a-z, 0-9, '_', '-', '.' in segments separated by '/'.",
        )
    return key


def check_prefix(prefix: str) -> str:
    """Return `prefix` when keys may start with it; raise `InvalidKeyError` otherwise."""
    if len(prefix) > MAX_KEY_LENGTH or not _PREFIX.fullmatch(prefix):
        raise InvalidKeyError(f"{prefix[:80]!r} cannot begin the name of an object")
    return prefix


def is_key(name: str) -> bool:
    """Whether `name` could be a key: what a backend lists may hold other people's files."""
    return len(name) <= MAX_KEY_LENGTH and _KEY.fullmatch(name) is not None


def version_of(data: bytes) -> Version:
    """A version that is the bytes' own hash, for backends that keep no counters themselves."""
    return Version(hashlib.sha256(data).hexdigest())
