"""A source's tree, read as paths and entries."""

from collections.abc import Iterable, Iterator

from dropally.store import tree
from dropally.store.entry import Entry, decode_entry, path_key
from dropally.store.errors import DamagedError
from dropally.store.tree import PageId, PageStore

_SEPARATOR = b"/"
_AFTER_SEPARATOR = b"0"


class TreeView:
    """One tree, at one root. Paths are as the writer keyed them (lower-cased by the source)."""

    def __init__(self, pages: PageStore, root: PageId | None) -> None:
        self._pages = pages
        self.root = root

    def get(self, path: str) -> Entry | None:
        """The entry at a path."""
        found = tree.get(self._pages, self.root, path_key(path))
        return None if found is None else decode_entry(found)

    def get_many(self, paths: Iterable[str]) -> Iterator[tuple[str, Entry | None]]:
        """Each path with its entry or None; every page is read once.

        The paths ascend by their bytes (`ValueError`).
        """
        for key, found in tree.get_many(self._pages, self.root, map(path_key, paths)):
            yield key_path(key), None if found is None else decode_entry(found)

    def scan(self, folder: str = "") -> Iterator[tuple[str, Entry]]:
        """All entries (below a folder), sorted by the bytes of their paths."""
        start = path_key(folder) + _SEPARATOR if folder else b""
        end = path_key(folder) + _AFTER_SEPARATOR if folder else None
        for key, value in tree.scan(self._pages, self.root, start, end):
            yield key_path(key), decode_entry(value)

    def children(self, folder: str = "") -> Iterator[tuple[str, Entry]]:
        """The entries directly in a folder."""
        for key, value in tree.children(self._pages, self.root, path_key(folder)):
            yield key_path(key), decode_entry(value)

    def diff(self, newer: "TreeView") -> Iterator[tuple[str, Entry | None, Entry | None]]:
        """What differs in another tree: path, entry here, entry there (None: absent)."""
        for key, here, there in tree.diff(self._pages, self.root, newer.root):
            yield (
                key_path(key),
                None if here is None else decode_entry(here),
                None if there is None else decode_entry(there),
            )


def key_path(key: bytes) -> str:
    """The path of a key. Raises `DamagedError` when it is none."""
    try:
        return key.decode()
    except UnicodeDecodeError as error:
        raise DamagedError("a tree holds a key that is not a path") from error
