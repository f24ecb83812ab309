"""Erase items from every snapshot of a source, as the law may ask for.

`trace` says what there is of them, `erase` replaces the snapshots by ones without them; the space is
freed by `prune`, thoroughly while an erasure is not done. See docs/repository-format.md, "Erasing".
"""

from dropally.store.erase.choosing import Choice, Places, find_places
from dropally.store.erase.replacing import Erased, erase
from dropally.store.erase.sharing import Shared, find_shared
from dropally.store.erase.tracing import Trace, trace

__all__ = [
    "Choice",
    "Erased",
    "Places",
    "Shared",
    "Trace",
    "erase",
    "find_places",
    "find_shared",
    "trace",
]
