"""Where the chosen items are or ever were: renames are followed by the source's id of an item."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from dropally.store import tree
from dropally.store.entry import Entry, decode_entry, path_key
from dropally.store.prune.marks import Seen
from dropally.store.repository import RepositoryCore
from dropally.store.tree import PageId

Step = Callable[[str, int], None]
"""Told a word and how much was done since; it may raise to stop."""


@dataclass(frozen=True)
class Choice:
    """The items to erase: by the source's id, or by path (as the source lower-cases it).

    A path stands for all that ever lay there, wherever else that lay.
    """

    item_ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Places:
    """All paths at which the items ever were, by their bytes, and all of their ids.

    `chosen` are the paths that stand for whatever lay there.
    """

    paths: tuple[str, ...]
    item_ids: frozenset[str]
    chosen: frozenset[str]

    def covers(self, path: str) -> bool:
        """Whether a path is one of these, or below one."""
        return any(path == one or path.startswith(f"{one}/") for one in self.paths)

    def within(self, repository: RepositoryCore, root: PageId | None) -> list[tuple[str, Entry]]:
        """The items as one tree has them, without those that lie below another of them."""
        found: list[tuple[str, Entry]] = []
        for key, value in tree.get_many(
            repository.metadata, root, (path_key(path) for path in self.paths)
        ):
            path = key.decode()
            entry = None if value is None else decode_entry(value)
            if entry is None and path in self.chosen and _has_below(repository, root, path):
                entry = Entry("folder", path.rpartition("/")[2])
            if entry is None or not (path in self.chosen or entry.id in self.item_ids):
                continue
            if not any(path.startswith(f"{above}/") for above, _ in found):
                found.append((path, entry))
        return found


def find_places(
    repository: RepositoryCore, source: str, choice: Choice, *, scratch: Path, step: Step
) -> Places:
    """Look through all snapshots of a source, each page once. Raises `DamagedError`."""
    item_ids = set(choice.item_ids)
    for path in sorted(choice.paths):
        for snapshot in repository.snapshots(source):
            value = tree.get(repository.metadata, snapshot.root, path_key(path))
            if value is not None and (entry := decode_entry(value)).id:
                item_ids.add(entry.id)
    paths = set(choice.paths)
    seen = Seen(scratch / "pages.db")
    try:
        for path, entry in entries_once(repository, source, seen, step):
            if entry.id and entry.id in item_ids:
                paths.add(path)
    finally:
        seen.close()
    return Places(tuple(sorted(paths, key=path_key)), frozenset(item_ids), frozenset(choice.paths))


def entries_once(
    repository: RepositoryCore, source: str | None, seen: Seen, step: Step
) -> Iterator[tuple[str, Entry]]:
    """Every entry of all snapshots (of one source); what they share is read once."""
    for snapshot in repository.snapshots(source):
        for _, page in tree.new_pages(repository.metadata, snapshot.root, seen.is_new):
            step("pages", 1)
            if page.level == 0:
                for key, value in zip(page.keys, page.values, strict=True):
                    yield key.decode(), decode_entry(value)


def _has_below(repository: RepositoryCore, root: PageId | None, path: str) -> bool:
    start, end = path_key(f"{path}/"), path_key(f"{path}0")
    return next(tree.scan(repository.metadata, root, start, end), None) is not None
