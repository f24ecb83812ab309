"""Heal all that is known to be damaged: from a good copy where there is one, else by salvage."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from dropally.store.backend import Backend
from dropally.store.errors import StoreError
from dropally.store.index import segment_key
from dropally.store.pack import pack_key
from dropally.store.repair.healing import (
    SECOND_LOOK,
    SET_ASIDE_PREFIX,
    find_object,
    find_pack,
    put_back,
)
from dropally.store.repair.salvage import salvage
from dropally.store.repository import RepositoryCore
from dropally.store.snapshot import Snapshot
from dropally.store.verify import DamagedItem, Finding, Level, TreeWalk, VerifyLedger

_MOST_ITEMS = 10_000


@dataclass(frozen=True, slots=True)
class Healed:
    """An object that is right again, and where its bytes came from."""

    key: str
    source: str


@dataclass
class RepairReport:
    """What a run did (or, as a plan, would do).

    `given_up`: packs of which only the chunks that still open were saved. `wanted`: how many files
    the next backups are to fetch again; `lost_items` are in older snapshots only, or their source
    is to be listed anew.
    """

    healed: list[Healed] = field(default_factory=list)
    given_up: list[Finding] = field(default_factory=list)
    unhealed: list[Finding] = field(default_factory=list)
    saved_chunks: int = 0
    lost_chunks: int = 0
    wanted: int = 0
    wanted_sources: int = 0
    lost_items: list[DamagedItem] = field(default_factory=list)
    lost_item_count: int = 0
    settled_packs: int = 0


def repair(
    repository: RepositoryCore,
    ledger: VerifyLedger,
    findings: Iterable[Finding] = (),
    *,
    replicas: Sequence[Backend] = (),
    dry_run: bool = False,
    check: Callable[[], None] = lambda: None,
    progress: Callable[[RepairReport], None] = lambda report: None,
) -> RepairReport:
    """Heal the packs that the ledger says are damaged, and the small objects in `findings`.

    With `dry_run` nothing is written: `given_up` then names the packs that have no good copy.
    Raises what the backend raises.
    """
    run = _Run(repository, ledger, replicas, check, dry_run=dry_run)
    for finding in findings:
        if not finding.key.startswith("packs/"):
            check()
            run.heal_object(finding)
    for pack in ledger.damaged():
        check()
        run.heal_pack(pack.name, pack.size_bytes, pack.why)
        progress(run.report)
    if not dry_run:
        run.look_again()
        run.settle_lost()
        run.ask_for_lost()
    progress(run.report)
    return run.report


class _Run:
    def __init__(
        self,
        repository: RepositoryCore,
        ledger: VerifyLedger,
        replicas: Sequence[Backend],
        check: Callable[[], None],
        *,
        dry_run: bool,
    ) -> None:
        self.report = RepairReport()
        self._repository = repository
        self._backend = repository.backend
        self._ledger = ledger
        self._replicas = replicas
        self._check = check
        self._dry_run = dry_run
        self._found: set[bytes] = set()

    def heal_object(self, finding: Finding) -> None:
        """A small object from a replica; an index segment is made again from its packs."""
        good = find_object(self._repository, finding.key, self._replicas)
        if good is not None:
            if not self._dry_run and good.source != SECOND_LOOK:
                put_back(self._backend, finding.key, good.data)
            self.report.healed.append(Healed(finding.key, good.source))
        elif finding.key.startswith("index/"):
            self._replace_segment(finding)
        else:
            self.report.unhealed.append(finding)

    def heal_pack(self, name: bytes, size_bytes: int, why: str) -> None:
        """A pack from a good copy, or what is left of it."""
        key = pack_key(name)
        good = find_pack(self._repository, name, self._replicas)
        if good is not None:
            if not self._dry_run:
                if good.source != SECOND_LOOK:
                    put_back(self._backend, key, good.data)
                self._ledger.note_good([(name, Level.CHUNKS)], self._repository.clock())
                self._found.add(name)
            self.report.healed.append(Healed(key, good.source))
            return
        self.report.given_up.append(Finding(key, why))
        if self._dry_run:
            return
        salvaged = salvage(self._repository, name, why)
        self._ledger.forget(name)
        self.report.saved_chunks += salvaged.saved
        self.report.lost_chunks += len(salvaged.lost)

    def _replace_segment(self, finding: Finding) -> None:
        """The packs that it named were adopted from their own directories when this was opened."""
        name = bytes.fromhex(finding.key.removeprefix(segment_key(b"")))
        if not self._dry_run:
            self._repository.adopt()
            self._repository.index.delete_segments([name])
            self._repository.index.damaged_segments.pop(name, None)
        self.report.healed.append(Healed(finding.key, "the packs it named"))

    def look_again(self) -> None:
        """What was missing from the index is in it again."""
        self._repository.index.note_found(self._found)

    def settle_lost(self) -> None:
        """Packs given up whose chunks are all there again are no longer worth a thought."""
        found = self._repository.lost_and_wanted
        for lost in found.lost_packs(damage=_named_already):
            ids = lost.ids()
            if len(self._repository.index.contains(ids)) == len(set(ids)):
                found.forget_lost(lost.name)
                self._backend.delete(SET_ASIDE_PREFIX + lost.name.hex())
                self.report.settled_packs += 1

    def ask_for_lost(self) -> None:
        """Name what is lost to the next backups of the sources that may still have it."""
        if not self._repository.lost_and_wanted.has_lost():
            return
        walk = TreeWalk(self._repository, check=self._check)
        asked = self._repository.lost_and_wanted.wanted()
        for source in self._repository.snapshot_chain.owners():
            items = list(self._damaged_in(walk, source))
            current = [item for item in items if item.is_current]
            everything = any(item.last_path or not item.path for item in current)
            paths = sorted({item.path for item in current if not item.last_path})
            self._note_lost(item for item in items if not item.is_current)
            self.report.wanted += len(paths)
            self.report.wanted_sources += everything
            before = asked.get(source)
            if before is not None and (before.everything or set(paths) <= before.paths):
                continue
            if paths or everything:
                self._repository.lost_and_wanted.want(source, paths, everything=everything)

    def _damaged_in(self, walk: TreeWalk, source: str) -> "Iterable[DamagedItem]":
        newest: list[Snapshot] = list(self._repository.snapshots(source, damage=lambda error: None))
        for number, snapshot in enumerate(reversed(newest)):
            yield from walk.snapshot(snapshot, is_current=number == 0)

    def _note_lost(self, items: Iterable[DamagedItem]) -> None:
        for item in items:
            self.report.lost_item_count += 1
            if len(self.report.lost_items) < _MOST_ITEMS:
                self.report.lost_items.append(item)


def _named_already(_error: StoreError) -> None:
    """Verify named it; while it is there, nothing that it may concern is trusted."""
