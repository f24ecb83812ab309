"""One run: look, plan, delete, write anew, condemn.

Why it is safe beside writers, crashes and clocks that jump: a pack is deleted only when (1) it was
condemned, and every session that is older than that has ended; so nobody can come to refer to it;
(2) the walk that began after looking at the sessions found nothing alive in it that is not
elsewhere. Both stay true for ever once they are, so whoever goes on late does no harm. The time of
grace and the lease are for readers, slow listings and economy.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from dropally.store.backend import ObjectStat
from dropally.store.errors import DamagedError, NewerFormatError, StoreError
from dropally.store.index import CondemnedPack, Generation, newest_number, read_generation
from dropally.store.index import write_generation as publish
from dropally.store.index.adoption import list_pack_stats
from dropally.store.pack import PackHeader, PackKind
from dropally.store.prune.census import Census, take_census
from dropally.store.prune.deleting import delete_packs, unindex
from dropally.store.prune.erasures import find_stale, note_leaving, settle
from dropally.store.prune.lease import Lease, backend_time
from dropally.store.prune.marking import Marking
from dropally.store.prune.options import LockedUntil, Progress, PruneOptions, PruneReport
from dropally.store.prune.plan import Erasing, PackFacts, Planner, PrunePlan
from dropally.store.prune.rewriting import Rewriter
from dropally.store.prune.sessions import Sessions, list_sessions
from dropally.store.repository import RepositoryCore
from dropally.store.repository.config import check_prunable
from dropally.store.snapshot import LostAndWanted


def prune(
    repository: RepositoryCore,
    options: PruneOptions | None = None,
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    scratch: Path | None = None,
    locked_until: LockedUntil = lambda _name: None,
) -> PruneReport:
    """Free what nothing refers to; with `dry_run` only say what would be done.

    `scratch`: a folder for temporary files (16 bytes for each living chunk; None: the system's).
    `locked_until`: packs that a bucket keeps anyway wait in the list of condemned ones.
    May be stopped at any moment: the next run goes on. Raises `ConflictError` while somebody else
    prunes; `StoreError` or `DamagedError` when the listing is cut short, packs are missing, clocks
    disagree or a snapshot cannot be read, before anything is deleted.
    """
    check_prunable(repository.config)
    chosen = options or PruneOptions()
    # Made when there is too much for memory.
    folder = Path(scratch or tempfile.gettempdir(), f"prune-{os.urandom(16).hex()}")
    lease = Lease(repository.backend, repository.keyring, repository.clock, "prune")
    try:
        with lease:
            run = _Run(repository, chosen, lease, folder, progress, locked_until)
            return run.run(dry_run=dry_run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Run:
    def __init__(
        self,
        repository: RepositoryCore,
        options: PruneOptions,
        lease: Lease,
        folder: Path,
        progress: Progress | None,
        locked_until: LockedUntil,
    ) -> None:
        self._locked_until = locked_until
        self._repository = repository
        self._backend = repository.backend
        self._options = options
        self._lease = lease
        self._folder = folder
        self._progress = progress or (lambda _phase, _done, _total: None)
        self._report = PruneReport()

    def run(self, *, dry_run: bool) -> PruneReport:
        self._report.dry_run = dry_run
        now = self._check_clock()
        state = self._read_state()
        sessions = list_sessions(self._backend, self._repository.keyring, now, self._options)
        self._note_sessions(sessions, remove=not dry_run)
        self._check_index()
        marking = Marking(self._repository, self._folder, self._step)
        try:
            marking.run(state.witnesses)
            self._report.chunks_live = marking.marks.total
            condemned = self._numbers(state)
            census = take_census(
                self._repository.index,
                marking.marks,
                condemned,
                lambda done: self._tell("census", done, 256),
                lost=self._lost(),
            )
            erasing = self._erasing(marking)
            plan = self._plan(state, sessions, now, census, erasing)
            if dry_run:
                self._estimate(plan)
            else:
                self._execute(plan, state, marking, now)
                settle(self._repository, plan, self._report)
        finally:
            marking.close()
        return self._report

    # -- looking ---------------------------------------------------------------------------

    def _check_clock(self) -> datetime:
        now = backend_time(self._backend)
        off = abs(now - self._repository.clock())
        if off > self._options.skew:
            raise StoreError(
                f"the clocks of this machine and of {self._backend.location} differ by {off}; "
                "nothing was deleted",
                hint="Set the clocks right (NTP), then try again.",
            )
        return now

    def _read_state(self) -> Generation:
        """What earlier runs condemned. A list that cannot be read condemns nothing any more."""
        self._repository.index.heed()
        try:
            return read_generation(self._backend, self._repository.keyring)
        except (DamagedError, NewerFormatError) as error:
            # A flipped bit may look like a newer format; a real one is said by the config.
            self._report.problems.append(f"the list of condemned packs cannot be read: {error}")
            return Generation(1, newest_number(self._backend))

    def _note_sessions(self, sessions: Sessions, *, remove: bool) -> None:
        """Writers that are over lose their session; should one live after all, it will notice."""
        self._report.problems.extend(sessions.problems)
        for key in sessions.over if remove else ():
            self._backend.delete(key)
        self._report.ended_sessions = len(sessions.over)

    def _check_index(self) -> None:
        """Every pack must be known, and every known pack be there with its size."""
        index = self._repository.index
        self._repository.expect_orphans()
        adoption = self._repository.adopt()
        self._report.problems.extend(
            f"left alone, since it cannot be read: {error}" for error in adoption.damaged
        )
        if index.damaged_segments:
            raise DamagedError(
                f"{len(index.damaged_segments)} segments of the index are damaged; "
                "nothing was deleted",
                hint="Rebuild the index (it is made again from the packs), then try again.",
            )
        if adoption.missing:
            raise DamagedError(
                f"{len(adoption.missing)} packs that the index names are not on the backend, or its "
                "listing is cut short; nothing was deleted",
                hint="Try again later; if it stays so, run verify to see what is lost.",
                pack=adoption.missing[0].hex(),
            )

    def _numbers(self, state: Generation) -> frozenset[int]:
        return frozenset(self._repository.index.pack_numbers(state.names()).values())

    def _lost(self) -> frozenset[bytes]:
        """Chunks that a repair gave up: nobody can keep them from anybody."""
        noted = LostAndWanted(self._backend, self._repository.keyring)
        return frozenset(one for pack in noted.lost_packs() for one in pack.ids())

    def _erasing(self, marking: Marking) -> Erasing:
        """Nothing dead may stay in packs from before a legal erasure, however little it is."""
        waiting = self._repository.erasures.open()
        self._report.open_erasures = len(waiting)
        if not waiting:
            return Erasing()
        stale = find_stale(self._repository, marking.marks, self._lease.keep)
        return Erasing(max(one.since for one in waiting), stale)

    def _facts(self, census: Census) -> Iterator[PackFacts]:
        """The index beside the listing, both by name."""
        known = self._repository.index.packs_by_name()
        one = next(known, None)
        for name, stat in list_pack_stats(self._backend):
            while one is not None and one[0] < name:
                yield _facts(one, None, census)
                one = next(known, None)
            if one is not None and one[0] == name:
                yield _facts(one, stat, census)
                one = next(known, None)
            else:
                yield PackFacts(name, None, None, 0, stat.size_bytes, 0, 0, stat.modified)
        while one is not None:
            yield _facts(one, None, census)
            one = next(known, None)

    def _plan(
        self,
        state: Generation,
        sessions: Sessions,
        now: datetime,
        census: Census,
        erasing: Erasing,
    ) -> PrunePlan:
        planner = Planner(
            state,
            sessions,
            now,
            self._options,
            pack_bytes=self._repository.config.pack_bytes,
            epoch=self._repository.keyring.current_epoch,
            report=self._report,
            erasing=erasing,
            locked_until=self._locked_until,
        )
        condemned = state.names()
        planner.add_all(self._checked(self._facts(census), condemned))
        return planner.finish()

    def _checked(
        self, packs: Iterator[PackFacts], condemned: frozenset[bytes]
    ) -> Iterator[PackFacts]:
        for pack in packs:
            if pack.modified is None and pack.name not in condemned:
                raise DamagedError(
                    "a pack left the backend while space was being freed; nothing was deleted",
                    hint="Run verify.",
                    pack=pack.name.hex(),
                )
            yield pack

    # -- doing -----------------------------------------------------------------------------

    def _execute(self, plan: PrunePlan, state: Generation, marking: Marking, now: datetime) -> None:
        note_leaving(self._repository, plan)
        self._delete(plan)
        condemned = self._numbers(state)
        rewritten = [
            pack
            for kind in (PackKind.DATA, PackKind.TREE)
            for pack in self._rewrite(kind, plan.rewrite, marking, condemned)
        ]
        self._condemn(plan, rewritten, state, marking.witnesses, now)

    def _delete(self, plan: PrunePlan) -> None:
        names = [pack.name for pack in plan.delete]
        self._lease.keep()
        unindex(self._repository.index, [*names, *plan.unindex], self._lease.keep)
        sizes = {pack.name: pack.stored_bytes for pack in plan.delete}

        def step(number: int) -> None:
            self._tell("delete", number, len(names))

        delete_packs(self._backend, names, step)
        self._report.freed_packs = len(names)
        self._report.freed_bytes = sum(sizes.values())

    def _rewrite(
        self,
        kind: PackKind,
        packs: list[PackFacts],
        marking: Marking,
        condemned: frozenset[int],
    ) -> list[PackFacts]:
        """Those of the packs whose living chunks are durable elsewhere now."""
        chosen = [pack for pack in packs if pack.kind is kind]
        if not chosen:
            return []
        rewriter = Rewriter(self._repository, kind, marking.marks, condemned, self._lease.keep)
        done: list[PackFacts] = []
        for number, pack in enumerate(chosen):
            self._tell("rewrite", number, len(chosen))
            try:
                rewriter.rewrite(pack)
            except DamagedError as error:
                self._report.problems.append(f"not written anew, since it is damaged: {error}")
                continue
            done.append(pack)
        rewriter.finish()
        self._report.rewritten_bytes += rewriter.stored_bytes
        self._report.rewritten_packs += len(done)
        return done

    def _condemn(
        self,
        plan: PrunePlan,
        rewritten: list[PackFacts],
        state: Generation,
        witnesses: list[str],
        now: datetime,
    ) -> None:
        number = state.number + 1
        fresh = [pack for pack in (*plan.drop, *rewritten) if pack.name not in plan.carried]
        self._report.condemned_packs = len(fresh)
        self._report.condemned_bytes = sum(pack.stored_bytes for pack in fresh)
        if not fresh and state.number == 0:
            return  # nothing was ever condemned: writers need not look twice at what they find
        # What was written anew just now gets its full time of grace, whenever it was condemned.
        anew = {pack.name: CondemnedPack(pack.name, number) for pack in (*fresh, *rewritten)}
        packs = {**plan.carried, **anew}
        self._lease.keep()
        publish(
            self._backend,
            self._repository.keyring,
            Generation(1, number, [packs[name] for name in sorted(packs)], witnesses),
        )
        self._repository.index.heed()
        if fresh:
            ripe = now + self._options.grace
            self._report.next_deletion = min(ripe, self._report.next_deletion or ripe)

    def _estimate(self, plan: PrunePlan) -> None:
        """What `_execute` would report."""
        report = self._report
        report.freed_packs = len(plan.delete)
        report.freed_bytes = sum(pack.stored_bytes for pack in plan.delete)
        report.rewritten_packs = len(plan.rewrite)
        report.rewritten_bytes = round(
            sum(pack.stored_bytes * (1 - pack.dead_share) for pack in plan.rewrite)
        )
        fresh = [pack for pack in (*plan.drop, *plan.rewrite) if pack.name not in plan.carried]
        report.condemned_packs = len(fresh)
        report.condemned_bytes = sum(pack.stored_bytes for pack in fresh)

    def _step(self, phase: str, done: int) -> None:
        self._tell(phase, done, 0)

    def _tell(self, phase: str, done: int, total: int) -> None:
        self._lease.keep()
        self._progress(phase, done, total)


def _facts(
    known: tuple[bytes, int, int, bytes], stat: ObjectStat | None, census: Census
) -> PackFacts:
    name, number, size_bytes, encoded = known
    if stat is not None and stat.size_bytes != size_bytes:
        raise DamagedError(
            "a pack has another size than the index says; nothing was deleted",
            hint="Run verify.",
            pack=name.hex(),
        )
    header = PackHeader.decode(encoded)
    return PackFacts(
        name,
        number,
        header.kind,
        header.epoch,
        size_bytes,
        census.total[number],
        census.live[number],
        None if stat is None else stat.modified,
    )
