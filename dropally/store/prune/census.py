"""How much of each pack is alive: one pass over the index beside the marks, both sorted by id."""

from array import array
from collections.abc import Callable, Collection
from dataclasses import dataclass

from dropally.store.errors import DamagedError
from dropally.store.index import ChunkIndex, is_better
from dropally.store.prune.marks import PREFIX_BYTES, Marks, Stretch


@dataclass(frozen=True, slots=True)
class Census:
    """Plain bytes by pack number: all, and those of living chunks that count for this pack."""

    total: "array[int]"
    live: "array[int]"


def take_census(
    index: ChunkIndex,
    marks: Marks,
    condemned: Collection[int],
    step: Callable[[int], None],
    *,
    lost: Collection[bytes] = (),
) -> Census:
    """Raises `DamagedError` when a living chunk is in no pack that the index knows.

    `lost`: ids of chunks that were given up by a repair; snapshots may still name them.
    `step` is told how many 256ths of all possible ids are done.
    """
    size = index.highest_pack_no() + 1
    census = Census(array("q", bytes(8 * size)), array("q", bytes(8 * size)))
    for stretch in marks.stretches():
        step(stretch.first[0])
        missing = _count(index, stretch, condemned, census)
        if missing and lost:
            missing -= sum(
                stretch.first <= one[:PREFIX_BYTES] < stretch.until and one in marks and not packs
                for one, packs in index.holders(list(lost)).items()
            )
        if missing:
            raise DamagedError(
                f"{missing} chunks that snapshots refer to are in no pack that the index knows; "
                "nothing was deleted",
                hint="Run verify to see what is concerned, and rebuild the index.",
            )
    return census


def _count(index: ChunkIndex, stretch: Stretch, condemned: Collection[int], census: Census) -> int:
    """How many of the living chunks were not met."""
    total, live, living = census.total, census.live, stretch.living
    missing = len(living)
    last, holder = b"", -1
    for rows in index.chunk_rows(stretch.first, stretch.until):
        for chunk_id, pack_no, length in rows:
            total[pack_no] += length
            if chunk_id not in living:
                continue
            if chunk_id != last:
                missing -= 1
                live[pack_no] += length
                last, holder = chunk_id, pack_no
            elif is_better(pack_no, holder, condemned):
                live[holder] -= length
                live[pack_no] += length
                holder = pack_no
    return missing
