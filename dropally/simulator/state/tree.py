"""The live files and folders of one namespace, in the order a listing walks them.

Folders are loaded on demand from an optional base (a generated or on-disk tree). The first write
into such a folder copies its children here; from then on the copy is the truth.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from typing import Protocol

from dropally.simulator.state.entry import Entry
from dropally.simulator.state.journal import Journal
from dropally.simulator.state.paths import parent_of, within
from dropally.simulator.state.saving import Saver


class TreeBase(Protocol):
    """Content that was there before any write: generated from a seed, or read from a folder."""

    @property
    def size_bytes(self) -> int:
        """The sizes of all its files together, near enough for a figure of used space."""
        ...

    @property
    def marks(self) -> Sequence[str]:
        """What the ids and the revisions that it makes up begin with; no other tree's do."""
        ...

    def children(self, folder: str) -> Sequence[Entry]:
        """What lies in a folder (`""` is the root), sorted by `Entry.key`."""
        ...

    def get(self, path_lower: str) -> Entry | None:
        """The entry at a path."""
        ...

    def find_id(self, item_id: str) -> Entry | None:
        """The entry with this id."""
        ...

    def find_rev(self, rev: str) -> Entry | None:
        """The file with this revision."""
        ...


class Folder:
    """The children of one folder, by key and in order."""

    def __init__(self, children: Sequence[Entry] = ()) -> None:
        self.ordered = list(children)
        self.by_key = {entry.key: entry for entry in self.ordered}

    def put(self, entry: Entry) -> None:
        """Add a child, or replace the one with its key."""
        at = bisect_left(self.ordered, entry.key, key=_key)
        if entry.key in self.by_key:
            self.ordered[at] = entry
        else:
            self.ordered.insert(at, entry)
        self.by_key[entry.key] = entry

    def remove(self, key: str) -> None:
        """Take a child out. Raises KeyError."""
        del self.by_key[key]
        del self.ordered[bisect_left(self.ordered, key, key=_key)]


class Tree:
    """Live entries of a namespace, its mount points, and the journal of its changes."""

    def __init__(
        self, ns_id: str, base: TreeBase | None = None, saver: Saver | None = None
    ) -> None:
        self.ns_id = ns_id
        self.base = base
        self._saver = saver
        self.journal = Journal()
        self.mounts: dict[str, str] = {}
        """Path of a mount point to the namespace mounted there."""
        self.graves: dict[str, Entry] = {}
        """Path of what was deleted to the trace of the deletion; gone when something is there again."""
        self.past: dict[str, list[Entry]] = {}
        """Path to the revisions that files had there, oldest first."""
        self._folders: dict[str, Folder] = {} if base else {"": Folder()}

    def get(self, path_lower: str) -> Entry | None:
        """The live entry at a path; None for the root, which has none."""
        folder = self._folders.get(parent_of(path_lower))
        if folder is not None:
            return folder.by_key.get(path_lower.rpartition("/")[2])
        if self.base is None or self._is_cut_off(path_lower):
            return None
        return self.base.get(path_lower)

    def is_folder(self, path_lower: str) -> bool:
        """Whether there is a folder (or the root)."""
        if path_lower in self._folders or not path_lower:
            return True
        entry = self.get(path_lower)
        return entry is not None and entry.kind == "folder"

    def children(self, folder: str) -> Sequence[Entry]:
        """What lies in a folder, sorted by key; nothing when there is no such folder."""
        known = self._folders.get(folder)
        if known is not None:
            return known.ordered
        if self.base is None or self._is_cut_off(folder):
            return ()
        return self.base.children(folder)

    def walk(self, folder: str, after: str | None = None) -> Iterator[Entry]:
        """Everything below a folder, each folder before its children, names in order.

        `after` continues behind a path, whether or not that path still exists.
        """
        stack = self._stack_behind(folder, after)
        while stack:
            entries, at = stack.pop()
            if at >= len(entries):
                continue
            entry = entries[at]
            stack.append((entries, at + 1))
            if entry.kind == "folder":
                stack.append((self.children(entry.path_lower), 0))
            yield entry

    def put(self, entry: Entry) -> None:
        """Place an entry; its parent must be there."""
        if entry.kind == "folder" and not self.is_folder(entry.path_lower):
            self._add_folder(entry.path_lower, Folder())
        self._own(parent_of(entry.path_lower)).put(entry)
        if self._saver is not None:
            self._saver.put(entry)
        if entry.mount:
            self.mounts[entry.path_lower] = entry.mount
        else:
            self.mounts.pop(entry.path_lower, None)

    def remove(self, path_lower: str) -> None:
        """Take out an entry with everything below it. Raises KeyError."""
        self._own(parent_of(path_lower)).remove(path_lower.rpartition("/")[2])
        self._forget_below(path_lower)
        for mount in [path for path in self.mounts if within(path, path_lower)]:
            del self.mounts[mount]
        if self._saver is not None:
            self._saver.remove(self.ns_id, path_lower)

    def bury(self, grave: Entry) -> None:
        """Keep the trace of a deletion."""
        self.graves[grave.path_lower] = grave
        if self._saver is not None:
            self._saver.bury(grave)

    def unbury(self, path_lower: str) -> None:
        """Something is there again."""
        if self.graves.pop(path_lower, None) is not None and self._saver is not None:
            self._saver.unbury(self.ns_id, path_lower)

    def load(self, own_folders: Sequence[str], entries: Sequence[Entry]) -> None:
        """Take a saved tree back: the folders that are not the base's, and what lies in them."""
        children: dict[str, list[Entry]] = {path: [] for path in ("", *own_folders)}
        if self.base is not None and "" not in own_folders:
            del children[""]
        for entry in entries:
            children[parent_of(entry.path_lower)].append(entry)
            if entry.mount:
                self.mounts[entry.path_lower] = entry.mount
        self._folders = {path: Folder(sorted(found, key=_key)) for path, found in children.items()}

    def _own(self, path: str) -> Folder:
        """The folder's own children, copied from the base at the first write."""
        folder = self._folders.get(path)
        if folder is None:
            folder = Folder(self.children(path))
            self._add_folder(path, folder)
            if path:
                self._own(parent_of(path))
        return folder

    def _add_folder(self, path: str, folder: Folder) -> None:
        self._folders[path] = folder
        if self._saver is not None:
            self._saver.own(self.ns_id, path)
            for child in folder.ordered:
                self._saver.put(child)

    def _is_cut_off(self, path_lower: str) -> bool:
        """Whether a folder above was deleted or replaced, so that the base no longer counts."""
        here = path_lower
        while here:
            here, name = parent_of(here), here.rpartition("/")[2]
            folder = self._folders.get(here)
            if folder is not None:
                entry = folder.by_key.get(name)
                return entry is None or entry.kind != "folder"
        return False

    def _forget_below(self, path_lower: str) -> None:
        pending = [path_lower]
        while pending:
            folder = self._folders.pop(pending.pop(), None)
            if folder is not None:
                pending.extend(child.path_lower for child in folder.ordered)

    def _stack_behind(self, folder: str, after: str | None) -> list[tuple[Sequence[Entry], int]]:
        if after is None:
            return [(self.children(folder), 0)]
        stack: list[tuple[Sequence[Entry], int]] = []
        here = folder
        for part in after[len(folder) + 1 :].split("/"):
            entries = self.children(here)
            stack.append((entries, bisect_right(entries, part, key=_key)))
            here = f"{here}/{part}"
        stack.append((self.children(here), 0))
        return stack


def _key(entry: Entry) -> str:
    return entry.key
