"""Where every chunk lies: sealed segments on the backend, one disposable table on this machine."""

from dropally.store.index.adoption import Adoption, adopt_packs, list_packs
from dropally.store.index.cache import IndexCache, Location, PackInfo
from dropally.store.index.compaction import compact_segments
from dropally.store.index.condemned import (
    PREFIX as CONDEMNED_PREFIX,
)
from dropally.store.index.condemned import (
    CondemnedPack,
    Generation,
    decode_generation,
    newest_number,
    read_generation,
    write_generation,
)
from dropally.store.index.index import ChunkIndex, LoadList
from dropally.store.index.rows import PREFIX_BYTES, is_better
from dropally.store.index.segment import IndexedPack, Segment, segment_key

__all__ = [
    "CONDEMNED_PREFIX",
    "PREFIX_BYTES",
    "Adoption",
    "ChunkIndex",
    "CondemnedPack",
    "Generation",
    "IndexCache",
    "IndexedPack",
    "LoadList",
    "Location",
    "PackInfo",
    "Segment",
    "adopt_packs",
    "compact_segments",
    "decode_generation",
    "is_better",
    "list_packs",
    "newest_number",
    "read_generation",
    "segment_key",
    "write_generation",
]
