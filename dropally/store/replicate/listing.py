"""What a replica holds, in the order in which it is written."""

import hashlib
import re
from collections.abc import Iterator

from dropally.store.backend import Backend, ObjectStat

CONFIG = "config"
IN_ORDER = (
    "epochs/",
    "keys/",
    "condemned/",
    "lost/",
    "packs/",
    "parity/",
    "index/",
    "snapshots/",
    "points/",
    "wanted/",
    "excluded/",
    "erased/",
)
"""What a replica holds besides the config; each may refer to what stands before it.

What is condemned or lost must be known to whoever writes to the replica one day: records of
contents name chunks that are no more. Sessions and leases are about work at the source, and packs
that were set aside are no good anywhere: neither is copied.
"""

_NAMED_BY_HASH = re.compile(r"(?:packs/[0-9a-f]{2}/|index/)(?P<name>[0-9a-f]{64})")
_SLOT = re.compile(r"keys/(?P<name>[0-9a-f]{32})")


def is_right(key: str, data: bytes) -> bool:
    """Whether bytes are what their key says, where it says anything."""
    match = _NAMED_BY_HASH.fullmatch(key) or _SLOT.fullmatch(key)
    return match is None or hashlib.sha256(data).hexdigest().startswith(match["name"])


def is_named_by_hash(key: str) -> bool:
    """Whether an object's key tells its bytes."""
    return _NAMED_BY_HASH.fullmatch(key) is not None


def compare(
    source: Iterator[ObjectStat], target: Iterator[ObjectStat]
) -> Iterator[tuple[ObjectStat | None, ObjectStat | None]]:
    """Each key once, with the object on either side; both are sorted by key."""
    one, other = next(source, None), next(target, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one.key < other.key):
            yield one, None
            one = next(source, None)
        elif one is None or other.key < one.key:
            yield None, other
            other = next(target, None)
        else:
            yield one, other
            one, other = next(source, None), next(target, None)


def differing(source: Backend, target: Backend, prefix: str) -> Iterator[ObjectStat]:
    """Objects of the source that the target lacks, or holds in another size."""
    for here, there in compare(source.list(prefix), target.list(prefix)):
        if here is not None and (there is None or there.size_bytes != here.size_bytes):
            yield here


def vanished(source: Backend, target: Backend, prefix: str) -> Iterator[ObjectStat]:
    """Objects of the target that the source no longer has."""
    for here, there in compare(source.list(prefix), target.list(prefix)):
        if here is None and there is not None:
            yield there
