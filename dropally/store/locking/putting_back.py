"""Make a versioned bucket hold again what it held at a moment: after somebody deleted it.

Deleting in such a bucket hides an object behind a marker, overwriting puts a new version before the
old one. Locks keep the old versions where they are; this brings them back to the front.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby, islice
from typing import NamedTuple

from dropally.store.backend import ObjectLock, ObjectVersion
from dropally.store.errors import ReadOnlyError

_THREADS = 8
_BATCH = 200
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
    changed = _changed(locks, since)
    with ThreadPoolExecutor(_THREADS, thread_name_prefix="put-back") as pool:
        while batch := list(islice(changed, _BATCH)):
            check()
            done.objects += len(batch)
            done.size_bytes += sum(one.then.size_bytes for one in batch)
            if not dry_run:
                done.copied += sum(pool.map(partial(_bring_forward, locks), batch))
    done.calls = locks.calls - before
    return done


class _Changed(NamedTuple):
    """An object that is not what it was `then`; `newer` is what came since, the newest first."""

    then: ObjectVersion
    newer: list[ObjectVersion]


def _changed(locks: ObjectLock, since: datetime) -> Iterator[_Changed]:
    for versions in _by_key(locks):
        then = next((one for one in versions if one.modified <= since), None)
        if then is not None and not then.is_marker and then.version != versions[0].version:
            yield _Changed(then, versions[: versions.index(then)])


def _by_key(locks: ObjectLock) -> Iterator[list[ObjectVersion]]:
    """The versions of each object, newest first; versions and markers may be listed apart."""
    for key, found in groupby(locks.versions(""), key=lambda one: one.key):
        if not key.startswith(_NOT_WANTED):
            yield sorted(found, key=lambda one: (not one.is_latest, -one.modified.timestamp()))


def _bring_forward(locks: ObjectLock, changed: _Changed) -> bool:
    """Whether it took a copy."""
    if all(one.is_marker for one in changed.newer):
        try:
            for marker in changed.newer:
                locks.remove(marker.key, marker.version)
        except ReadOnlyError:
            pass  # these credentials may not delete; a copy does as well
        else:
            return False
    locks.copy_back(changed.then.key, changed.then.version)
    return True
