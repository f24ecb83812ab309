"""Make a versioned bucket hold again what it held at a moment: after somebody deleted it.

Deleting in such a bucket hides an object behind a marker, overwriting puts a new version before the
old one. Locks keep the old versions where they are; this brings them back to the front.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from dropally.store.backend import ObjectLock, ObjectVersion
from dropally.store.errors import ReadOnlyError

# Writers at work, and what is made anew by itself.
_NOT_WANTED = ("lease", "probe/", "sessions/")


@dataclass(slots=True)
class PutBack:
    """What was, or with `dry_run` would be, brought back. Sizes in bytes."""

    dry_run: bool = False
    objects: int = 0
    size_bytes: int = 0
    copied: int = 0
    """Of the objects: those for which a copy was made, since a marker could not be removed."""
    calls: int = 0


def put_back(
    locks: ObjectLock,
    since: datetime,
    *,
    dry_run: bool = False,
    check: Callable[[], None] = lambda: None,
) -> PutBack:
    """Undo what was deleted or overwritten since a moment; what was written anew since stays.

    Removes the markers where the credentials may; else it copies the old version to the front, for
    which no right to delete is needed. May be stopped and begun again. Raises what the bucket raises.
    """
    done = PutBack(dry_run=dry_run)
    before = locks.calls
    for versions in _by_key(locks):
        check()
        then = next((one for one in versions if one.modified <= since), None)
        newest = versions[0]
        if then is None or then.is_marker or then.version == newest.version:
            continue
        done.objects += 1
        done.size_bytes += then.size_bytes
        if not dry_run:
            _bring_forward(locks, versions, then, done)
    done.calls = locks.calls - before
    return done


def _by_key(locks: ObjectLock) -> Iterator[list[ObjectVersion]]:
    """The versions of each object, newest first; versions and markers may be listed apart."""
    for key, found in groupby(locks.versions(""), key=lambda one: one.key):
        if not key.startswith(_NOT_WANTED):
            yield sorted(found, key=lambda one: (not one.is_latest, -one.modified.timestamp()))


def _bring_forward(
    locks: ObjectLock, versions: list[ObjectVersion], then: ObjectVersion, done: PutBack
) -> None:
    newer = versions[: versions.index(then)]
    if all(one.is_marker for one in newer):
        try:
            for marker in newer:
                locks.remove(marker.key, marker.version)
        except ReadOnlyError:
            pass  # these credentials may not delete; a copy does as well
        else:
            return
    locks.copy_back(then.key, then.version)
    done.copied += 1
