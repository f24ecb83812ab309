"""Find out what a backend really does before a repository trusts it."""

import contextlib
import secrets
from dataclasses import dataclass

from dropally.store.backend.contract import Backend
from dropally.store.errors import (
    AlreadyExistsError,
    ConflictError,
    DamagedError,
    ReadOnlyError,
    StoreError,
)

PREFIX = "probe/"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What works at a backend. All of it does on a folder, on S3, Azure and Google's store."""

    location: str
    create_only: bool
    compare_and_set: bool
    ranges: bool
    lists_at_once: bool

    def shortcomings(self) -> list[str]:
        """What does not work, as sentences for the admin."""
        found = []
        if not self.create_only:
            found.append(
                f"{self.location} ignores If-None-Match: an object that exists is overwritten. "
                "Two writers at once may lose data; use it with conditional_writes = no "
                "and a single writer, or choose another store."
            )
        if not self.compare_and_set:
            found.append(
                f"{self.location} has no compare-and-set: only one machine may run maintenance."
            )
        if not self.ranges:
            found.append(f"{self.location} does not answer byte ranges: no restore is possible.")
        if not self.lists_at_once:
            found.append(f"{self.location} does not list what was just written.")
        return found


def probe_backend(backend: Backend) -> Capabilities:
    """Try each capability with a few small objects below `probe/`, which are removed again.

    Raises what the backend raises when it cannot be written at all.
    """
    key = f"{PREFIX}{secrets.token_hex(16)}"
    lease = f"{key}-lease"
    try:
        found = _try_all(backend, key, lease)
    except StoreError:
        with contextlib.suppress(StoreError):  # the first failure is the one that tells something
            _remove(backend, key, lease)
        raise
    _remove(backend, key, lease)
    return found


def _try_all(backend: Backend, key: str, lease: str) -> Capabilities:
    backend.put_new(key, [b"first ", b"bytes"])
    return Capabilities(
        location=backend.location,
        create_only=_is_create_only(backend, key),
        compare_and_set=_compares(backend, lease),
        ranges=_has_ranges(backend, key),
        lists_at_once=any(stat.key == key for stat in backend.list(PREFIX)),
    )


def _remove(backend: Backend, *keys: str) -> None:
    for key in keys:
        # Credentials that may not delete are a good choice for a writer.
        with contextlib.suppress(ReadOnlyError):
            backend.delete(key)


def _is_create_only(backend: Backend, key: str) -> bool:
    try:
        backend.put_new(key, [b"other bytes"])
    except AlreadyExistsError:
        return backend.get(key) == b"first bytes"
    return False


def _compares(backend: Backend, key: str) -> bool:
    first = backend.swap(key, b"one", None)
    second = backend.swap(key, b"two", first)
    for stale in (first, None):
        try:
            backend.swap(key, b"three", stale)
        except ConflictError:
            continue
        return False
    return backend.read_version(key) == (b"two", second)


def _has_ranges(backend: Backend, key: str) -> bool:
    try:
        return backend.get(key, 1, 3) in {b"irs", b"the"}
    except DamagedError:
        return False
