"""The backup work unit: some namespaces of a team, from their cursors to committed snapshots."""

import gc
import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from dropally.catalog.cursors import KeptCursor, keep_cursors, read_cursors
from dropally.catalog.stage import Stage
from dropally.common.errors import CancelledError, DropallyError
from dropally.dropbox_api import (
    IdentityRefusedError,
    ItemFailure,
    NamespaceClient,
    RouteError,
    TeamConnection,
    TooManyRetriesError,
)
from dropally.jobs.backup.excluding import Exclusions, RuleDamagedError
from dropally.jobs.backup.fetch import Fetchers
from dropally.jobs.backup.namespace import NamespaceRun
from dropally.jobs.backup.quiet import Listing, begin_listing, look_for_changes
from dropally.jobs.backup.seal import Sealed, commit_sealed, outcome_of, seal_tree
from dropally.jobs.backup.work import BackupResult, BackupWork, NamespaceOutcome, NamespaceWork
from dropally.jobs.context import JobContext
from dropally.store import (
    DamagedError,
    ObjectNotFoundError,
    Reader,
    Repository,
    Snapshot,
    SnapshotId,
    WantedOfSource,
    Writer,
)

# Sealing flushes packs that are not full, so namespaces are sealed together: when nothing else is
# under way, or this long after the last time.
_SEAL_EVERY_S = 15.0
_SEAL_AT_MOST = 64
# A stage takes memory or open files; who lists faster than it is sealed waits.
_STAGES_AT_MOST = 2 * _SEAL_AT_MOST
# For a few namespaces, their newest snapshots are found sooner than the newest point is read.
_FEW = 64
_WAIT_S = 0.2
_COLLECT_EVERY_OBJECTS = 50_000
# These say that one namespace cannot be read; the others may be.
_ABOUT_ONE_NAMESPACE = (
    IdentityRefusedError,
    RouteError,
    ItemFailure,
    TooManyRetriesError,
    RuleDamagedError,
)
# A namespace in which nothing changed is an outcome at once; an error stops the run, or is about
# this namespace only.
_Prepared = tuple[NamespaceWork, NamespaceRun | NamespaceOutcome | BaseException]


def run(context: JobContext, work: BackupWork) -> BackupResult:
    """Back up the namespaces of `work`; each gets its own snapshot, or the reason why not.

    A namespace that cannot be read is an outcome, not an error. Raises DropallyError or the
    store's errors for what stops everything: a revoked link, no network, a full disk, cancelling.
    Whatever was listed and stored until then is used by the next run.
    """
    with ExitStack() as opened:
        opened.enter_context(_RARE_COLLECTIONS)
        repository = opened.enter_context(work.repository.open(context.clock))
        team = opened.enter_context(work.team.open(context.clock, context.cancelled, watch=context))
        writer = opened.enter_context(
            repository.writer(note="backup", memory_limit=work.memory_bytes)
        )
        reader = opened.enter_context(repository.reader(memory_limit=work.memory_bytes))
        unit = _Unit(context, work, repository, team, writer, reader)
        opened.callback(unit.close)
        return unit.run()


class _RareCollections:
    """Lets the cycle collector run seldom while there are runs, which make next to no cycles.

    By default it walks over all loaded code again for every few thousand files.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._usual = gc.get_threshold()

    def __enter__(self) -> None:
        with self._lock:
            self._runs += 1
            if self._runs == 1:
                self._usual = gc.get_threshold()
                gc.freeze()
                gc.set_threshold(_COLLECT_EVERY_OBJECTS, *self._usual[1:])

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._runs -= 1
            if self._runs == 0:
                gc.set_threshold(*self._usual)
                gc.unfreeze()


_RARE_COLLECTIONS = _RareCollections()


class _Unit:
    """One run of a work unit: lister threads, fetcher threads, and this thread, which seals."""

    def __init__(
        self,
        context: JobContext,
        work: BackupWork,
        repository: Repository,
        team: TeamConnection,
        writer: Writer,
        reader: Reader,
    ) -> None:
        self._context = context
        self._work = work
        self._repository = repository
        self._team = team
        self._writer = writer
        self._reader = reader
        self._fetchers = Fetchers(context, writer, work.fetchers)
        self._listers = ThreadPoolExecutor(work.listers, thread_name_prefix="list")
        self._prepared: queue.SimpleQueue[_Prepared] = queue.SimpleQueue()
        self._stages: set[Stage] = set()
        self._room = threading.Semaphore(_STAGES_AT_MOST)
        self._left_stages = {path.stem for path in work.stage_dir.glob("*.db")}
        self._planned: set[str] = set()
        self._lock = threading.Lock()
        self._outcomes: list[NamespaceOutcome] = []
        self._cursors = read_cursors(work.stage_dir)
        self._moved: list[KeptCursor] = []
        self._newest = self._newest_snapshots()
        self._lost = repository.lost_and_wanted.wanted()
        self._excluded = repository.erasures.exclusions()

    def close(self) -> None:
        """Stop all threads, then let go of the stages; they stay on disk."""
        if len(self._outcomes) < len(self._work.namespaces):
            self._fetchers.stop(CancelledError("the run has ended"))
        self._listers.shutdown(wait=True, cancel_futures=True)
        self._fetchers.close()
        for stage in self._stages:
            stage.close()
        self._keep_cursors()

    def run(self) -> BackupResult:
        """Prepare all namespaces on the listers, seal them here as they are ready."""
        for work in self._work.namespaces:
            self._listers.submit(self._prepare, work)
        ready: list[NamespaceRun] = []
        last_seal = self._context.clock.monotonic()
        while len(self._outcomes) < len(self._work.namespaces):
            self._fetchers.check()
            self._collect(ready)
            waited = self._context.clock.monotonic() - last_seal
            everything = len(self._outcomes) + len(ready) == len(self._work.namespaces)
            if ready and (everything or len(ready) >= _SEAL_AT_MOST or waited >= _SEAL_EVERY_S):
                self._seal(ready)
                ready = []
                last_seal = self._context.clock.monotonic()
        files, size_bytes = (
            self._context.phase("fetch", "files"),
            self._context.phase("download", "bytes"),
        )
        return BackupResult(
            tuple(self._outcomes), files.progress().done, size_bytes.progress().done
        )

    def _collect(self, ready: list[NamespaceRun]) -> None:
        """Take over what the listers finished; wait a moment for the first."""
        try:
            work, prepared = self._prepared.get(timeout=_WAIT_S)
        except queue.Empty:
            return
        if isinstance(prepared, NamespaceRun):
            ready.append(prepared)
        elif isinstance(prepared, NamespaceOutcome):
            self._finish(prepared)
        elif isinstance(prepared, _ABOUT_ONE_NAMESPACE):
            self._fail(work, prepared)
        else:
            raise prepared

    def _prepare(self, work: NamespaceWork) -> None:
        prepared: NamespaceRun | NamespaceOutcome | BaseException
        try:
            self._fetchers.check()
            prepared = self._look(work)
        except BaseException as error:  # noqa: BLE001  told to the thread that waits for us
            prepared = error
        self._note_planned(work)  # nothing more of it will be found
        self._prepared.put((work, prepared))

    def _note_planned(self, work: NamespaceWork) -> None:
        """Once all namespaces are listed, the totals are no longer growing."""
        with self._lock:
            self._planned.add(work.namespace)
            if len(self._planned) < len(self._work.namespaces):
                return
        self._context.phase("fetch", "files").settle()
        self._context.phase("download", "bytes").settle()

    def _look(self, work: NamespaceWork) -> NamespaceRun | NamespaceOutcome:
        """Nothing changed: that is all. Otherwise everything new is with the writer afterwards."""
        client = self._team.namespace(work.namespace, self._work.roster)
        has_stage = work.namespace in self._left_stages
        if (lost := self._lost.get(work.namespace)) is not None:
            return self._stage_lost(work, client, lost)
        kept = self._cursors.get(work.namespace)
        if kept is not None and not has_stage and self._says_all(kept):
            listing = begin_listing(client, kept.cursor)
            if listing is not None and listing.is_quiet:
                return _still(work, kept, listing.cursor)
            parent = self._repository.snapshot(SnapshotId(kept.snapshot))
            return self._stage(work, client, parent, kept.cursor, listing)
        newest = self._repository.latest(work.namespace)
        if has_stage:
            return self._stage(work, client, newest, self._cursor_behind(newest), None)
        if newest is None:
            return self._stage(work, client, None, None, begin_listing(client, None))
        cursor = self._cursor_behind(newest)
        listing = look_for_changes(client, newest, cursor, self._context.clock.now())
        if listing is not None and listing.is_quiet:
            return outcome_of(work, "unchanged", newest, listing.cursor)
        return self._stage(work, client, newest, cursor, listing)

    def _stage_lost(
        self, work: NamespaceWork, client: NamespaceClient, lost: WantedOfSource
    ) -> NamespaceRun:
        """Stored content was lost: fetch it again. A tree with lost pages is no parent to any."""
        self._context.note(f"{work.name}: fetches again what was lost in the repository")
        if lost.everything:
            return self._stage(work, client, None, None, begin_listing(client, None))
        newest = self._repository.latest(work.namespace)
        return self._stage(work, client, newest, self._cursor_behind(newest), None, lost.paths)

    def _stage(
        self,
        work: NamespaceWork,
        client: NamespaceClient,
        parent: Snapshot | None,
        cursor: str | None,
        listing: Listing | None,
        lost: frozenset[str] = frozenset(),
    ) -> NamespaceRun:
        """List and fetch what there is behind the parent's cursor."""
        exclusions = self._exclusions_in(work.namespace)
        while not self._room.acquire(timeout=_WAIT_S):
            self._fetchers.check()
        stage = Stage(
            self._work.stage_dir / f"{work.namespace}.db",
            parent=parent.id if parent else "",
            parent_cursor=cursor,
            is_small=listing is not None and listing.is_small,
        )
        with self._lock:
            self._stages.add(stage)
        pages = listing.pages if listing is not None else None
        run = NamespaceRun(
            self._context, work, client, stage, parent, self._reader, pages, lost, exclusions
        )
        try:
            run.prepare(self._writer, self._fetchers, lambda: self._note_planned(work))
        except BaseException:
            self._let_go(stage)
            raise
        return run

    def _exclusions_in(self, namespace: str) -> Exclusions | None:
        rules = [rule for rule in self._excluded.values() if rule.source == namespace]
        return Exclusions(self._repository.erasures, rules) if rules else None

    def _let_go(self, stage: Stage) -> None:
        stage.close()
        with self._lock:
            self._stages.discard(stage)
        self._room.release()

    # -- where listings stand --------------------------------------------------------------

    def _newest_snapshots(self) -> dict[str, str]:
        """What the newest restore point says; nothing where that is not worth reading."""
        if len(self._work.namespaces) <= _FEW:
            return {}
        try:
            point = self._repository.latest_point(self._work.roster.profile.team_id)
            return dict(self._repository.point_snapshots(point)) if point is not None else {}
        except (DamagedError, ObjectNotFoundError):
            return {}

    def _says_all(self, kept: KeptCursor) -> bool:
        """True if the snapshot that is kept track of is the namespace's newest, as others see it.

        Another appliance may have gone on from a copy of the repository's keys meanwhile.
        """
        is_newest = self._newest.get(kept.namespace) == kept.snapshot
        return is_newest and kept.is_complete and bool(kept.cursor)

    def _cursor_behind(self, parent: Snapshot | None) -> str | None:
        if parent is None:
            return None
        kept = self._cursors.get(parent.source)
        return kept.cursor if kept is not None and kept.snapshot == parent.id else parent.cursor

    def _finish(self, outcome: NamespaceOutcome) -> None:
        self._outcomes.append(outcome)
        stats, is_complete = dict(outcome.stats), not outcome.problems
        kept = KeptCursor(outcome.namespace, outcome.snapshot, outcome.cursor, stats, is_complete)
        if kept != self._cursors.get(outcome.namespace):
            self._moved.append(kept)

    def _keep_cursors(self) -> None:
        if self._moved:
            keep_cursors(self._work.stage_dir, self._moved)
            self._moved = []

    def _fail(self, work: NamespaceWork, error: DropallyError) -> None:
        previous = self._repository.latest(work.namespace)
        if previous is not None and self._is_put_away(work, error):
            self._context.note(f"{work.name}: archived in Dropbox and closed; it stays as it was")
            self._outcomes.append(outcome_of(work, "unchanged", previous, previous.cursor))
            return
        self._context.note(f"{work.name}: {error}")
        self._outcomes.append(
            NamespaceOutcome(
                work.namespace,
                work.name,
                "failed",
                snapshot=previous.id if previous else "",
                stats=dict(previous.stats) if previous else {},
                error=str(error),
                hint=error.hint,
            )
        )

    def _is_put_away(self, work: NamespaceWork, error: DropallyError) -> bool:
        """True if nobody may look in because the team folder is archived: nothing changes there."""
        return (
            isinstance(error, ItemFailure)
            and error.reason == "no_permission"
            and any(
                folder.namespace == work.namespace and folder.status != "active"
                for folder in self._work.roster.team_folders
            )
        )

    def _seal(self, ready: list[NamespaceRun]) -> None:
        """Contents durable, then trees, then one snapshot after the other."""
        self._writer.barrier()
        sealed: list[Sealed] = []
        for run in ready:
            self._context.check()
            run.record_durable()
            sealed.append(seal_tree(self._context, run, self._writer, self._reader))
        self._writer.barrier()
        for outcome in commit_sealed(self._context, sealed, self._writer, self._reader):
            self._finish(outcome)
            if (lost := self._lost.get(outcome.namespace)) is not None:
                self._repository.lost_and_wanted.settle(lost)
        for run in ready:
            self._let_go(run.stage)
        self._keep_cursors()


def _still(work: NamespaceWork, kept: KeptCursor, cursor: str) -> NamespaceOutcome:
    """How a namespace fared in which nothing happened."""
    return NamespaceOutcome(
        namespace=work.namespace,
        name=work.name,
        status="unchanged",
        snapshot=kept.snapshot,
        cursor=cursor,
        stats=dict(kept.stats),
    )
