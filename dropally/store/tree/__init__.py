"""Sorted maps from keys to values, kept in immutable pages: a prolly tree.

A map's root names all of it; equal maps have equal roots; changing a few entries writes a few
pages; comparing two maps reads only where they differ. `None` is the root of the empty map.
"""

from dropally.store.tree.differing import diff
from dropally.store.tree.operations import DELETE_SUBTREE, Change, DeleteSubtree
from dropally.store.tree.pages import PageId, PageStore
from dropally.store.tree.reading import (
    children,
    count,
    get,
    get_many,
    new_pages,
    pages_of,
    scan,
)
from dropally.store.tree.rewriting import apply

EMPTY_ROOT: None = None

__all__ = [
    "DELETE_SUBTREE",
    "EMPTY_ROOT",
    "Change",
    "DeleteSubtree",
    "PageId",
    "PageStore",
    "apply",
    "children",
    "count",
    "diff",
    "get",
    "get_many",
    "new_pages",
    "pages_of",
    "scan",
]
