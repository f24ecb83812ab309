"""Walk everything that snapshots and restore points refer to.

A listing that is cut short would make living chunks look dead. So it is held against what else is
known: every snapshot that a listed point or snapshot names, and some keys noted by the last prune,
are asked for one by one when the listing lacks them.
"""

import random
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

from dropally.store import tree
from dropally.store.content import (
    MAX_DEPTH,
    Content,
    ListEntry,
    decode_list,
    direct_ids,
    unpack_entries,
)
from dropally.store.entry import decode_entry
from dropally.store.errors import LimitExceededError, ObjectNotFoundError, StoreError
from dropally.store.prune.marks import Marks, Seen
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import Point, Snapshot

WITNESSES = 256
_STATS_AT_MOST = 2_000
_PREFIXES = ("snapshots/", "points/")


class Marking:
    """One walk. `marks` is what is alive, once `run` has returned; then it is sealed."""

    def __init__(
        self, repository: RepositoryCore, folder: Path, step: Callable[[str, int], None]
    ) -> None:
        """`step` is told a word and a number now and then, and may raise to stop."""
        self._repository = repository
        self._pages = repository.metadata
        self._step = step
        self.marks = Marks(folder)
        self._entries = Seen(folder / "entries.db")
        self._others = Seen(folder / "others.db")
        self._listed = Seen(folder / "listed.db")
        self._asked = 0
        self.witnesses: list[str] = []

    def run(self, expected: Sequence[str]) -> None:
        """Mark what is alive. `expected`: keys that a complete listing shows, or that are deleted.

        Raises `DamagedError` for what cannot be read, and `StoreError` for a truncated listing: what
        they refer to would look dead.
        """
        self._list()
        for key in expected:
            self._check_listed(key)
        for number, snapshot in enumerate(self._repository.snapshots()):
            self._step("snapshots", number)
            self._mark_snapshot(snapshot)
        for number, point in enumerate(self._repository.points()):
            self._step("points", number)
            self._mark_point(point)
        self.marks.seal()

    def close(self) -> None:
        """Let go of the files."""
        for part in (self.marks, self._entries, self._others, self._listed):
            part.close()

    def _list(self) -> None:
        """Note all keys, and keep some of them, spread over all and the last, for the next prune."""
        last = ""
        choice = random.Random()  # noqa: S311 - a sample, no secret
        backend = self._repository.backend
        listed = chain.from_iterable(backend.list(prefix) for prefix in _PREFIXES)
        for count, stat in enumerate(listed, start=1):
            self._listed.is_new(stat.key.encode())
            last = stat.key
            if len(self.witnesses) < WITNESSES:
                self.witnesses.append(stat.key)
            elif (place := choice.randrange(count)) < WITNESSES:
                self.witnesses[place] = stat.key
        if last and last not in self.witnesses:
            self.witnesses[-1] = last

    def _check_listed(self, key: str) -> None:
        if key.encode() in self._listed or self._asked >= _STATS_AT_MOST:
            return
        self._asked += 1
        try:
            self._repository.backend.stat(key)
        except ObjectNotFoundError:
            return  # forgotten on purpose
        raise StoreError(
            f"the listing of {self._repository.backend.location} is cut short: it lacks {key}, "
            "which is there; nothing was deleted",
            hint="Try again later; if it stays so, the storage's listing cannot be relied on.",
            retryable=True,
        )

    # -- what refers to what ---------------------------------------------------------------

    def _mark_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.parent is not None:
            self._check_listed(_snapshot_key(snapshot.parent))
        for page_id, page in tree.new_pages(self._pages, snapshot.root, self._entries.is_new):
            self.marks.add([page_id])
            self._step("pages", 1)
            if page.level == 0:
                for value in page.values:
                    self._mark_entry(value)

    def _mark_entry(self, encoded: bytes) -> None:
        entry = decode_entry(encoded)
        if entry.content is not None:
            self._mark_content(entry.content)
        if entry.export is not None:
            for content in entry.export.formats.values():
                self._mark_content(content)

    def _mark_point(self, point: Point) -> None:
        if point.about is not None:
            self._mark_content(point.about)
        for page_id, page in tree.new_pages(self._pages, point.root, self._others.is_new):
            self.marks.add([page_id])
            if page.level == 0:
                for snapshot_id in page.values:
                    self._check_listed(_snapshot_key(snapshot_id.decode()))

    def _mark_content(self, content: Content) -> None:
        if content.depth == 0:
            self.marks.add(direct_ids(content))
        elif content.depth > MAX_DEPTH:
            raise LimitExceededError(f"a content nests its lists {content.depth} deep")
        else:
            self._mark_lists(unpack_entries(content.chunks), content.depth)

    def _mark_lists(self, entries: list[ListEntry], depth: int) -> None:
        self.marks.add(entry.id for entry in entries)
        for entry in entries if depth else ():
            # The depth counts: the same bytes could be named as a list and as data.
            if self._others.is_new(bytes((depth,)) + entry.id):
                self._mark_lists(decode_list(self._pages.load(entry.id)), depth - 1)


def _snapshot_key(snapshot_id: str) -> str:
    return "snapshots/" + snapshot_id.replace(".", "/")
