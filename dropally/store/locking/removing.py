"""Removing versions for good, where a bucket's locks allow it: what is to be gone must not be hidden."""

from dataclasses import dataclass
from datetime import datetime

from dropally.store.backend import ObjectLock
from dropally.store.errors import ObjectNotFoundError, ReadOnlyError


@dataclass
class VersionsLeft:
    """Versions that the bucket would not remove, their bytes, and when the last lock of them ends.

    `until` None: none is locked; then the credentials may not remove versions.
    """

    versions: int = 0
    bytes: int = 0
    until: datetime | None = None


def remove_for_good(locks: ObjectLock, prefix: str) -> VersionsLeft:
    """Remove all versions below a prefix, and the markers that hid them.

    Markers of what stays, stay. Raises what the bucket raises when it cannot be asked.
    """
    left = VersionsLeft()
    staying: set[str] = set()
    markers = []
    for one in locks.versions(prefix):
        if one.is_marker:
            markers.append(one)
            continue
        try:
            locks.remove(one.key, one.version)
        except ObjectNotFoundError:
            continue  # removed since it was listed
        except ReadOnlyError:
            staying.add(one.key)
            left.versions += 1
            left.bytes += one.size_bytes
            lock = locks.lock_of(one.key, one.version)
            if lock is not None:
                left.until = max(lock.until, left.until or lock.until)
    for marker in markers:
        if marker.key not in staying:
            locks.remove(marker.key, marker.version)
    return left
