"""Look at a repository within a budget, oldest first, and remember what was found."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta

from dropally.store.errors import DamagedError
from dropally.store.index import list_packs
from dropally.store.pack import pack_key
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import Chain, Point, Snapshot
from dropally.store.verify.findings import (
    MISSING,
    DamagedItem,
    Finding,
    Level,
    PackDamage,
    VerifyReport,
)
from dropally.store.verify.ledger import DuePack, VerifyLedger
from dropally.store.verify.objects import check_objects
from dropally.store.verify.packs import PackChecker
from dropally.store.verify.trees import TreeWalk

THREADS = 2
_NOTED_AT_ONCE = 64
_MOST_AHEAD_BYTES = 256 * 1024 * 1024

Progress = Callable[[VerifyReport], None]
OnGood = Callable[[bytes, bytes], None]
_Damaged = tuple[int, PackDamage]
"""How many bytes it has, or should have."""


@dataclass(frozen=True, slots=True)
class VerifyOptions:
    """What a run does. None for a budget: to the end.

    `newer_than`: packs and trees found good within this time are passed over.
    """

    level: Level = Level.CHUNKS
    time_s: float | None = None
    size_bytes: int | None = None
    newer_than: timedelta = timedelta(0)
    threads: int = THREADS
    on_good: OnGood | None = None
    """Handed the name and bytes of each pack found good, by the thread that read it."""


def verify(
    repository: RepositoryCore,
    ledger: VerifyLedger,
    options: VerifyOptions | None = None,
    *,
    check: Callable[[], None] = lambda: None,
    progress: Progress = lambda report: None,
) -> VerifyReport:
    """Verify, and note the results in the ledger.

    `check` is called often, in the caller's thread; what it raises (somebody cancelled) ends the
    run, and what was noted until then counts. Raises what the backend raises when it cannot be
    asked: that says nothing of the packs.
    """
    return _Run(repository, ledger, options or VerifyOptions(), check, progress).run()


class _Run:
    def __init__(
        self,
        repository: RepositoryCore,
        ledger: VerifyLedger,
        options: VerifyOptions,
        check: Callable[[], None],
        progress: Progress,
    ) -> None:
        self._repository = repository
        self._ledger = ledger
        self._options = options
        self._check = check
        self._progress = progress
        self._report = VerifyReport(options.level)
        self._begun_at = repository.clock()
        self._deadline_s = None if options.time_s is None else time.monotonic() + options.time_s

    def run(self) -> VerifyReport:
        self._repository.index.heed()  # what is about to go is no orphan
        self._repository.expect_orphans()  # this is the time to look at what is really there
        self._repository.adopt()
        self._compare_names()
        self._progress(self._report)
        if self._options.level > Level.NAMES:
            self._look_at_objects()
            self._look_at_packs()
            if self._options.level is Level.CHUNKS:
                self._walk_trees()
        self._progress(self._report)
        return self._report

    # -- level 1 -------------------------------------------------------------------------------

    def _compare_names(self) -> None:
        """The listing against the index. What is missing or has another size is damaged."""
        wrong: list[_Damaged] = []
        self._ledger.take_stock(self._stock(wrong))
        self._note_damages(wrong)

    def _stock(self, wrong: list[_Damaged]) -> Iterator[tuple[bytes, int]]:
        """Each pack with the size that it must have; those in `wrong` have not."""
        report = self._report
        listed, indexed = (
            list_packs(self._repository.backend),
            self._repository.index.pack_sizes(),
        )
        for name, found, size in _side_by_side(listed, indexed):
            if size is None:
                report.unindexed_packs += 1
                yield name, found or 0
                continue
            report.packs += 1
            report.size_bytes += size
            if found is None:
                wrong.append((size, PackDamage(name, MISSING)))
            elif found != size:
                why = f"it has {found} bytes instead of {size}"
                wrong.append((size, PackDamage(name, why)))
            yield name, size

    # -- small objects -------------------------------------------------------------------------

    def _look_at_objects(self) -> None:
        for key, why in check_objects(self._repository):
            self._check()
            self._report.checked_objects += 1
            if why:
                self._report.findings.append(Finding(key, why))

    # -- packs ---------------------------------------------------------------------------------

    def _look_at_packs(self) -> None:
        checker = PackChecker(self._repository, self._options.on_good)
        level = self._options.level
        good: list[tuple[bytes, Level]] = []
        missing: list[_Damaged] = []
        with (
            ExitStack() as ending,
            ThreadPoolExecutor(self._options.threads, thread_name_prefix="verify") as pool,
        ):
            ending.callback(lambda: self._ledger.note_good(good, self._repository.clock()))

            def begin(pack: DuePack) -> "Future[PackDamage | None]":
                return pool.submit(checker.check, pack.name, pack.size_bytes, level)

            for pack, outcome in _in_order(self._due(), begin, self._options.threads):
                self._check()
                damage = outcome.result()
                self._report.checked_packs += 1
                self._report.checked_bytes += pack.size_bytes
                if damage is None:
                    good.append((pack.name, level))
                elif damage.is_missing:
                    missing.append((pack.size_bytes, damage))
                else:
                    self._note_damages([(pack.size_bytes, damage)])
                if len(good) >= _NOTED_AT_ONCE:
                    self._ledger.note_good(good, self._repository.clock())
                    good.clear()
                    self._progress(self._report)
        self._note_damages(missing)

    def _due(self) -> Iterator[DuePack]:
        """Packs to look at, oldest first, while the budget lasts; at least one."""
        newer_than = self._options.newer_than
        before = self._begun_at - newer_than if newer_than else None
        taken_bytes = 0
        known = {finding.key for finding in self._report.findings}
        for pack in self._ledger.due(self._options.level, before):
            if pack_key(pack.name) in known:
                continue  # missing or cut: the listing said so
            limit = self._options.size_bytes
            if taken_bytes and (self._is_late() or (limit is not None and taken_bytes >= limit)):
                self._report.is_complete = False
                return
            taken_bytes += pack.size_bytes
            yield pack

    def _is_late(self) -> bool:
        return self._deadline_s is not None and time.monotonic() >= self._deadline_s

    def _note_damages(self, damages: Sequence[_Damaged]) -> None:
        """But for packs that somebody freed since the index was read."""
        index = self._repository.index
        if any(damage.is_missing for _, damage in damages):
            # In this order: packs are taken out of the index while they are condemned still.
            index.heed()
            index.refresh()
        for size_bytes, damage in damages:
            name = damage.name
            if damage.is_missing and (name in index.condemned or index.find_pack(name) is None):
                self._ledger.forget(name)
                continue
            self._ledger.note_damaged(name, size_bytes, damage.why, damage.positions)
            self._report.findings.append(Finding(pack_key(name), damage.why))

    # -- trees ---------------------------------------------------------------------------------

    def _walk_trees(self) -> None:
        """The newest snapshot of a source first, sources that wait longest first.

        While damage is known, all trees are walked whatever the budget: somebody must be told
        which files are concerned.
        """
        damaged = damaged_chunks(self._repository, self._ledger)
        walk = TreeWalk(self._repository, damaged, self._check)
        checked = self._ledger.sources_checked()
        before = self._begun_at - self._options.newer_than
        never = datetime.min.replace(tzinfo=self._begun_at.tzinfo)
        sources = self._repository.snapshot_chain.owners()
        for source in sorted(sources, key=lambda name: checked.get(name, never)):
            if not self._report.findings:
                if self._options.newer_than and checked.get(source, never) >= before:
                    continue
                if self._is_late():
                    self._report.is_complete = False
                    return
            self._walk_source(walk, source)
            self._progress(self._report)
        for point in self._repository.points(damage=_named_already):
            self._add_items(walk, self._repository.point_chain, point, walk.point(point))

    def _walk_source(self, walk: TreeWalk, source: str) -> None:
        count = self._report.item_count
        newest: list[Snapshot] = list(self._repository.snapshots(source, damage=_named_already))
        for number, snapshot in enumerate(reversed(newest)):
            found = walk.snapshot(snapshot, is_current=number == 0)
            self._add_items(walk, self._repository.snapshot_chain, snapshot, found)
            self._report.checked_snapshots += 1
        if self._report.item_count == count:
            self._ledger.note_source(source, self._repository.clock())

    def _add_items(
        self,
        walk: TreeWalk,
        chain: Chain[Snapshot] | Chain[Point],
        walked: Snapshot | Point,
        items: Iterator[DamagedItem],
    ) -> None:
        """But for what was forgotten, and freed, while it was walked."""
        first = next(items, None)
        if first is None:
            return
        if chain.exists(walked.id):
            self._report.add_item(first)
            for item in items:
                self._report.add_item(item)
        else:
            walk.forget()  # what it shares with others is to be told of them


def damaged_chunks(repository: RepositoryCore, ledger: VerifyLedger) -> frozenset[bytes]:
    """First halves of the ids of the chunks that are read from damaged blobs.

    A chunk that is read from another pack is not among them.
    """
    index = repository.index
    found: set[bytes] = set()
    for pack in ledger.damaged():
        held = [
            chunk_id
            for position, chunk_id in index.chunks_of(pack.name)
            if pack.positions is None or position in pack.positions
        ]
        for chunk_id, place in index.locate(held).items():
            if index.pack(place.pack_no).name == pack.name:
                found.add(chunk_id)
    return frozenset(found)


def _side_by_side(
    listed: Iterator[tuple[bytes, int]], indexed: Iterator[tuple[bytes, int]]
) -> Iterator[tuple[bytes, int | None, int | None]]:
    """Each name with its size in either, both sorted by name."""
    one, other = next(listed, None), next(indexed, None)
    while one is not None or other is not None:
        if other is None or (one is not None and one[0] < other[0]):
            assert one is not None  # noqa: S101 - the loop's condition
            yield one[0], one[1], None
            one = next(listed, None)
        elif one is None or other[0] < one[0]:
            yield other[0], None, other[1]
            other = next(indexed, None)
        else:
            yield one[0], one[1], other[1]
            one, other = next(listed, None), next(indexed, None)


def _named_already(_error: DamagedError) -> None:
    """The look at the small objects named it."""


def _in_order(
    due: Iterator[DuePack],
    begin: Callable[[DuePack], "Future[PackDamage | None]"],
    threads: int,
) -> Iterator[tuple[DuePack, "Future[PackDamage | None]"]]:
    """Keep the threads busy, and no more bytes in memory than they need."""
    ahead: list[tuple[DuePack, Future[PackDamage | None]]] = []
    ahead_bytes = 0
    for pack in due:
        while ahead and (
            len(ahead) > 2 * threads or ahead_bytes + pack.size_bytes > _MOST_AHEAD_BYTES
        ):
            done, outcome = ahead.pop(0)
            yield done, outcome
            ahead_bytes -= done.size_bytes
        ahead.append((pack, begin(pack)))
        ahead_bytes += pack.size_bytes
    yield from ahead
