"""A page store in memory, and a plain dictionary as the model of a tree."""

from collections.abc import Iterable

from blake3 import blake3
from dropally.store.tree import DELETE_SUBTREE, Change, PageId, apply

BOUNDARY_KEY = b"b" * 32


class MemoryPages:
    """Pages in a dictionary; counts what is loaded."""

    def __init__(self) -> None:
        self.pages: dict[PageId, bytes] = {}
        self.loads = 0

    def load_page(self, page_id: PageId) -> bytes:
        self.loads += 1
        return self.pages[page_id]

    def save_page(self, page: bytes) -> PageId:
        page_id = PageId(blake3(page, key=b"p" * 32).digest())
        self.pages[page_id] = page
        return page_id


def change(pages: MemoryPages, root: PageId | None, changes: Iterable[Change]) -> PageId | None:
    return apply(pages, root, changes, boundary_key=BOUNDARY_KEY)


def build(pages: MemoryPages, entries: dict[bytes, bytes]) -> PageId | None:
    return change(pages, None, sorted(entries.items()))


def change_model(model: dict[bytes, bytes], changes: Iterable[Change]) -> dict[bytes, bytes]:
    """What `apply` must do: deletions concern the old, what is set is the new."""
    listed = list(changes)
    exact = {key for key, value in listed if not isinstance(value, bytes)}
    below = tuple(key + b"/" for key, value in listed if value is DELETE_SUBTREE)
    kept = {k: v for k, v in model.items() if k not in exact and not k.startswith(below)}
    return kept | {key: value for key, value in listed if isinstance(value, bytes)}
