"""The backup work unit: some namespaces of a team, from their cursors to committed snapshots."""

import gc
import queue
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager

from dropally.catalog.cursors import KeptCursor, keep_cursors, read_cursors
from dropally.catalog.stage import Stage
from dropally.common.errors import CancelledError, DropallyError
from dropally.dropbox_api import (
    IdentityRefusedError,
    ItemFailure,
    RouteError,
    TeamConnection,
    TooManyRetriesError,
)
from dropally.jobs.backup.fetch import Fetchers
from dropally.jobs.backup.namespace import NamespaceRun
from dropally.jobs.backup.quiet import Listing, look_for_changes
from dropally.jobs.backup.seal import Sealed, commit_sealed, outcome_of, seal_tree
from dropally.jobs.backup.work import BackupResult, BackupWork, NamespaceOutcome, NamespaceWork
from dropally.jobs.context import JobContext
from dropally.store import Reader, Repository, Snapshot, Writer

# Sealing flushes packs that are not full, so namespaces are sealed together: when nothing else is
# under way, or this long after the last time.
_SEAL_EVERY_S = 15.0
_SEAL_AT_MOST = 64
_WAIT_S = 0.2
_COLLECT_EVERY_OBJECTS = 50_000
# These say that one namespace cannot be read; the others may be.
_ABOUT_ONE_NAMESPACE = (IdentityRefusedError, RouteError, ItemFailure, TooManyRetriesError)
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
        opened.enter_context(_rare_collections())
        repository = opened.enter_context(work.repository.open(context.clock))
        team = opened.enter_context(work.team.open(context.clock, context.cancelled, watch=context))
        writer = opened.enter_context(
            repository.writer(note="backup", memory_limit=work.memory_bytes)
        )
        reader = opened.enter_context(repository.reader(memory_limit=work.memory_bytes))
        unit = _Unit(context, work, repository, team, writer, reader)
        opened.callback(unit.close)
        return unit.run()


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the cycle collector run seldom: there are next to no cycles in a run.

    By default it walks over all loaded code again for every few thousand files.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_COLLECT_EVERY_OBJECTS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


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
        self._stages: list[Stage] = []
        self._planned: set[str] = set()
        self._lock = threading.Lock()
        self._outcomes: list[NamespaceOutcome] = []
        self._cursors = read_cursors(work.stage_dir)
        self._moved: list[KeptCursor] = []

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
        parent = self._repository.latest(work.namespace)
        client = self._team.namespace(work.namespace, self._work.roster)
        stage_path = self._work.stage_dir / f"{work.namespace}.db"
        cursor = self._cursor_behind(parent) if parent is not None else None
        listing: Listing | None = None
        if parent is not None and not stage_path.exists():
            listing = look_for_changes(client, parent, cursor, self._context.clock.now())
            if listing is not None and listing.is_quiet:
                return outcome_of(work, "unchanged", parent, listing.cursor)
        stage = Stage(stage_path, parent=parent.id if parent else "", parent_cursor=cursor)
        with self._lock:
            self._stages.append(stage)
        begun = listing.pages if listing is not None else None
        run = NamespaceRun(self._context, work, client, stage, parent, self._reader, begun)
        run.prepare(self._writer, self._fetchers, lambda: self._note_planned(work))
        return run

    def _cursor_behind(self, parent: Snapshot) -> str | None:
        kept = self._cursors.get(parent.source)
        return kept.cursor if kept is not None and kept.snapshot == parent.id else parent.cursor

    def _finish(self, outcome: NamespaceOutcome) -> None:
        self._outcomes.append(outcome)
        known = self._cursors.get(outcome.namespace)
        kept = KeptCursor(outcome.namespace, outcome.snapshot, outcome.cursor)
        if outcome.status == "unchanged" and kept != known:
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
        for item in sealed:
            self._finish(commit_sealed(self._context, item, self._writer, self._reader))
        self._keep_cursors()
