"""One followed task: what is known of its namespaces, and which of them changed."""

import threading
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec

from dropally.catalog.jobs import JobRow
from dropally.common.errors import DeniedError, NotFoundError
from dropally.dropbox_api import CursorResetError, ItemFailure, TeamConnection
from dropally.jobs.storages import Storages
from dropally.protection.following.rota import FollowPace, Rota
from dropally.store import Repository, SnapshotId

_CLOSED_AGAIN_S = 3600.0
_FAILED_AGAIN_S = 300.0
_ENDED_REMEMBERED = 100


@dataclass(frozen=True)
class FollowedTask:
    """What following needs of a task.

    `namespaces` are those that a whole run would back up now; `back_up` asks for a run of only
    some of them, and raises StateError when that cannot be. `open_team` opens a connection
    whose waits end when the event is set; the caller closes it. `on_denied` hears that Dropbox
    refuses the link.
    """

    task_id: str
    team_id: str
    storage_id: str
    namespaces: Callable[[], Collection[str]]
    open_team: Callable[[threading.Event], TeamConnection]
    back_up: Callable[[tuple[str, ...]], JobRow]
    on_denied: Callable[[DeniedError], None]


class Known(msgspec.Struct):
    """Where a namespace's newest snapshot ends. The cursor is read when it is first needed."""

    snapshot: SnapshotId
    cursor: str | None = None


@dataclass(frozen=True)
class Change:
    """A namespace that changed: when that was found, and the cursor behind what was seen of it.

    `cursor` is None if Dropbox gave the old one up.
    """

    found: float
    cursor: str | None


@dataclass(frozen=True)
class Run:
    """A run that was asked for."""

    job_id: str
    changes: dict[str, Change]


@dataclass(frozen=True, kw_only=True)
class Figures:
    """How following fares.

    `changed`: namespaces that changed and are not in a run yet. `oldest_check_s`: how long ago the
    namespace was asked that waits longest; a change is noticed `every_s` after it was made at the
    latest, while Dropbox answers. `calls_per_hour`: while nothing changes; `calls`: so far.
    """

    namespaces: int
    changed: int
    is_running: bool
    oldest_check_s: float
    every_s: float
    calls_per_hour: float
    calls: int


class Watch:
    """The state of one followed task. Safe for threads; calls and reads happen outside its lock.

    Times are seconds of the clock that never goes back.
    """

    def __init__(
        self, task: FollowedTask, storages: Storages, pace: FollowPace, connection: TeamConnection
    ) -> None:
        self.task = task
        self.connection = connection
        self.rota = Rota(pace)
        self.run: Run | None = None
        self.calls = 0
        self.is_stale = True
        """A run ended since the last look at the repository."""
        self._storages = storages
        self._lock = threading.Lock()
        self._known: dict[str, Known] = {}
        self._changed: dict[str, Change] = {}
        self._ended: deque[JobRow] = deque(maxlen=_ENDED_REMEMBERED)
        self._point = ""
        self._backed_up: datetime | None = None

    # -- what is known -----------------------------------------------------------------------

    def refresh(self, now: float, wall_now: datetime) -> None:
        """Learn where every namespace's snapshot ends, and which of them are wanted now.

        The repository is only looked at after a run: its restore points may be many. Raises
        NotFoundError before the first backup, the store's errors.
        """
        if self.is_stale or self._backed_up is None:
            self.is_stale = False
            self._backed_up = self._look_at_repository()
        wanted = set(self.task.namespaces()) & self._known.keys()
        with self._lock:
            age_s = max(0.0, (wall_now - self._backed_up).total_seconds())
            self.rota.watch_only(wanted, now, asked=now - age_s)
            self._changed = {name: what for name, what in self._changed.items() if name in wanted}
            self._settle_ended(now)

    def _look_at_repository(self) -> datetime:
        """Take over the newest restore point; its time."""
        with self._storages.repository(self.task.storage_id) as repository:
            point = repository.latest_point(self.task.team_id)
            if point is None:
                raise NotFoundError("the first backup has not run yet")
            if point.id != self._point:
                self._learn(dict(repository.point_snapshots(point)))
                self._point = point.id
            return point.time

    def _learn(self, snapshots: dict[str, SnapshotId]) -> None:
        with self._lock:
            before = self._known
            self._known = {
                namespace: known
                if (known := before.get(namespace)) and known.snapshot == snapshot
                else Known(snapshot)
                for namespace, snapshot in snapshots.items()
            }

    def ended(self, job: JobRow) -> None:
        """A job of this task's team has ended: look at the repository before going on."""
        with self._lock:
            self._ended.append(job)
        self.is_stale = True

    def _settle_ended(self, now: float) -> None:
        """After the run: ask its namespaces again in turn, from where their snapshots now end."""
        run = self.run
        job = next((job for job in self._ended if run and job.id == run.job_id), None)
        if run is None or job is None:
            return
        failed = failed_namespaces(job)
        for namespace, change in run.changes.items():
            known = self._known.get(namespace)
            if known is None:
                continue
            if known.cursor is None:  # a new snapshot
                self.rota.resume(namespace, now)
            elif failed is None or namespace in failed or change.cursor is None:
                self.rota.resume(namespace, now, after_s=_FAILED_AGAIN_S)
            else:
                # The run found nothing to keep of it (a file that came and went).
                known.cursor = change.cursor
                self.rota.resume(namespace, now)
        self.run = None

    # -- asking ------------------------------------------------------------------------------

    def take(self, now: float, count: int) -> list[str]:
        """Namespaces to look at now; none of those whose asker Dropbox told to wait."""
        with self._lock:
            taken = self.rota.take(now, count)
            waits = {name: self._wait_told_s(name) for name in taken}
            for namespace, wait_s in waits.items():
                if wait_s > 0:
                    self.rota.resume(namespace, now, after_s=wait_s)
        return [namespace for namespace, wait_s in waits.items() if wait_s <= 0]

    def busiest(self, now: float, count: int) -> list[str]:
        """Where longpolls are worth it."""
        with self._lock:
            return self.rota.busiest(now, count)

    def look(self, namespace: str, clock: Callable[[], float]) -> None:
        """Ask Dropbox whether a namespace changed. One call.

        Raises DropallyError if the team cannot be asked at all; the namespace has its turn again.
        """
        try:
            change = self._ask(namespace, clock)
        except ItemFailure:
            # Gone or closed: the next look at the whole team tells what became of it.
            with self._lock:
                self.rota.answered(namespace, clock(), changed=False)
                self.rota.resume(namespace, clock(), after_s=_CLOSED_AGAIN_S)
            return
        except BaseException:
            with self._lock:
                self.rota.resume(namespace, clock(), after_s=0)
            raise
        with self._lock:
            self.rota.answered(namespace, clock(), changed=change is not None)
            if change is not None:
                self._changed[namespace] = change

    def _ask(self, namespace: str, clock: Callable[[], float]) -> Change | None:
        cursor = self.cursor(namespace)
        self.calls += 1
        try:
            page = self.connection.changes_page(namespace, cursor)
        except CursorResetError:
            return Change(clock(), None)
        is_changed = bool(page.entries) or page.has_more
        return Change(clock(), page.cursor) if is_changed else None

    def cursor(self, namespace: str) -> str:
        """Where the namespace's newest snapshot ends. Raises the store's errors."""
        known = self._known[namespace]
        if known.cursor is None:
            with self._storages.repository(self.task.storage_id) as repository:
                known.cursor = _cursor_of(repository, known.snapshot)
        return known.cursor

    def hurry(self, namespace: str, now: float) -> None:
        """A longpoll told of a change."""
        with self._lock:
            self.rota.hurry(namespace, now)

    def _wait_told_s(self, namespace: str) -> float:
        known = self._known.get(namespace)
        if known is None or known.cursor is None:
            return 0.0
        member_id = known.cursor.partition("|")[0].partition(":")[2]
        return self.connection.pacer.frozen_for_s(member_id)

    # -- running -----------------------------------------------------------------------------

    def back_up_changes(self, now: float, settle_s: float) -> bool:
        """Ask for a run of what changed, once the first change is `settle_s` old; True if so.

        One run at a time: what changes meanwhile is gathered for the next. Raises what the task's
        `back_up` does; the changes stay.
        """
        with self._lock:
            changes = dict(self._changed)
        if self.run is not None or not changes:
            return False
        if min(change.found for change in changes.values()) > now - settle_s:
            return False
        job = self.task.back_up(tuple(sorted(changes)))
        with self._lock:
            self.run = Run(job.id, changes)
            for namespace in changes:
                self._changed.pop(namespace, None)
            # A short run may have ended before its id was known here.
            self.is_stale = self.is_stale or any(ended.id == job.id for ended in self._ended)
        return True

    def figures(self, now: float) -> "Figures":
        """How it fares."""
        with self._lock:
            return Figures(
                namespaces=len(self.rota),
                changed=len(self._changed),
                is_running=self.run is not None,
                oldest_check_s=self.rota.oldest_s(now),
                every_s=self.rota.quiet_every_s(),
                calls_per_hour=self.rota.calls_per_hour(),
                calls=self.calls,
            )


def failed_namespaces(job: JobRow) -> set[str] | None:
    """Those that a run could not back up; None if it did not run to its end."""
    if job.status not in {"succeeded", "partially_succeeded"}:
        return None
    result = msgspec.json.decode(job.result, type=dict[str, object])
    failed = result.get("failed_namespaces", ())
    return set(failed) if isinstance(failed, list | tuple) else set()


def _cursor_of(repository: Repository, snapshot: SnapshotId) -> str:
    return repository.snapshot(snapshot).cursor
