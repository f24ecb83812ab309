"""Merge small segments, so that opening a repository does not read one object a commit.

The merged segment is durable before those it replaces go. Whoever reads meanwhile finds the packs in
the one or in the others; two that merge at once write the same thing twice.
"""

from dropally.store.errors import DamagedError, ObjectNotFoundError, ReadOnlyError
from dropally.store.index.index import ChunkIndex
from dropally.store.index.segment import IndexedPack

SMALL_BYTES = 1024 * 1024
MANY = 64
MERGED_AT_ONCE = 512


def compact_segments(index: ChunkIndex) -> int:
    """Merge when there are many small segments; how many were merged."""
    small = [name for name, size in index.list_segments() if size < SMALL_BYTES]
    if len(small) < MANY:
        return 0
    packs: dict[bytes, IndexedPack] = {}
    merged: list[bytes] = []
    for name in small[:MERGED_AT_ONCE]:
        try:
            segment = index.read_segment(name)
        except (DamagedError, ObjectNotFoundError):
            continue  # the packs of a damaged one are adopted from their own directories
        packs.update((pack.name, pack) for pack in segment.packs)
        merged.append(name)
    index.add_packs(list(packs.values()), supersedes=merged)
    try:
        index.delete_segments(merged)
    except ReadOnlyError:
        return 0  # whoever may delete will; until then they say the same as the merged one
    index.refresh()
    return len(merged)
