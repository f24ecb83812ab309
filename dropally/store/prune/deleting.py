"""Take condemned packs out of the index, then off the backend.

In this order, so that the index never names a pack for longer than the pack is there.
"""

from collections.abc import Callable, Iterable, Sequence

from dropally.store.backend import Backend
from dropally.store.errors import ConflictError, ObjectNotFoundError
from dropally.store.index import ChunkIndex, IndexedPack
from dropally.store.pack import pack_key

_SEGMENTS_AT_ONCE = 8
_TRIES = 8
_PARITY = "parity/"


def unindex(index: ChunkIndex, names: Iterable[bytes], keep: Callable[[], None]) -> None:
    """Write the segments that name these packs anew without them, then remove the old ones.

    Raises `DamagedError` for a segment that cannot be read: its packs must stay until it can.
    """
    gone = frozenset(names)
    for _ in range(_TRIES):
        segments = sorted(index.segments_naming(gone)) if gone else []
        if not segments:
            return
        for start in range(0, len(segments), _SEGMENTS_AT_ONCE):
            keep()
            _rewrite(index, segments[start : start + _SEGMENTS_AT_ONCE], gone)
        index.refresh()  # writers may have merged some of them meanwhile
    raise ConflictError("writers keep merging the index; try again later", retryable=True)


def _rewrite(index: ChunkIndex, segments: Sequence[bytes], gone: frozenset[bytes]) -> None:
    kept: dict[bytes, IndexedPack] = {}
    dropped: dict[bytes, IndexedPack] = {}
    replaced: list[bytes] = []
    for name in segments:
        try:
            segment = index.read_segment(name)
        except ObjectNotFoundError:
            continue
        replaced.append(name)
        for pack in segment.packs:
            (dropped if pack.name in gone else kept)[pack.name] = pack
    if kept:
        index.add_packs(list(kept.values()), supersedes=replaced)
    index.delete_segments(replaced)
    index.forget_segments(replaced, list(dropped.values()))


def delete_packs(backend: Backend, names: Iterable[bytes], step: Callable[[int], None]) -> None:
    """Delete packs that no segment names any more, and what was kept to mend them."""
    has_parity = next(backend.list(_PARITY), None) is not None
    for number, name in enumerate(names):
        step(number)
        backend.delete(pack_key(name))
        if has_parity:
            backend.delete(_PARITY + name.hex())
