"""Where every chunk lies: sealed segments on the backend, one disposable table on this machine."""

from dropally.store.index.adoption import Adoption, adopt_packs, list_packs
from dropally.store.index.cache import PREFIX_BYTES, IndexCache, Location, PackInfo
from dropally.store.index.compaction import compact_segments
from dropally.store.index.index import ChunkIndex
from dropally.store.index.segment import IndexedPack, Segment, segment_key

__all__ = [
    "PREFIX_BYTES",
    "Adoption",
    "ChunkIndex",
    "IndexCache",
    "IndexedPack",
    "Location",
    "PackInfo",
    "Segment",
    "adopt_packs",
    "compact_segments",
    "list_packs",
    "segment_key",
]
