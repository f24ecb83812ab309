"""Runs jobs: takes them from the database by priority, in threads, and writes down how they end.

A job's row is the truth. What was submitted survives everything; a job that runs when the process
ends waits again at the next start. Whoever listens is told of each end at least once.
"""

import logging
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from dropally.catalog import job_changes, jobs
from dropally.catalog.database_file import DatabaseFile
from dropally.catalog.job_changes import JobEnd
from dropally.catalog.jobs import JobRow
from dropally.common.clock import Clock, SystemClock
from dropally.common.errors import DropallyError
from dropally.jobs.events import EventBus
from dropally.jobs.runner import housekeeping, requests
from dropally.jobs.runner.closing import close_job
from dropally.jobs.runner.live import LiveProgress
from dropally.jobs.runner.performing import Performer, retry_after_s
from dropally.jobs.runner.queue import JobQueue, Limits, WaitingJob
from dropally.jobs.runner.request import Initiator, JobKind, JobRequest
from dropally.jobs.runner.restarting import take_back, trial_s
from dropally.jobs.runner.running import RunningJob, UnitPlaces
from dropally.jobs.runner.slots import TICK_S, Slots
from dropally.jobs.runner.telling import FinishedCallback, Teller
from dropally.jobs.runner.trouble import Trouble, Troubles

_IDLE_S = 30.0
_ROWS_AT_ONCE = 500
_LAST_MOMENTS_S = 1.0
_ROUND = "round"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class RunnerSettings:
    """How much runs at once and where, and when a silent job counts as hung."""

    limits: Limits = field(default_factory=Limits)
    executor: Literal["threads", "processes"] = "threads"
    processes: int = 1
    hung_after_s: float = 900.0

    @property
    def units(self) -> UnitPlaces:
        """Where jobs run their work units."""
        if self.executor == "processes":
            return UnitPlaces("processes", max(1, self.processes))
        return UnitPlaces()


Refusal = Callable[[sqlite3.Connection, str], None]


class JobRunner:
    """Safe for threads. `start` it once everything is registered, `stop` it in the end."""

    def __init__(
        self,
        database: DatabaseFile,
        clock: Clock,
        events: EventBus,
        settings: RunnerSettings | None = None,
    ) -> None:
        self._database = database
        self._clock = clock
        self._settings = settings or RunnerSettings()
        self._pace = SystemClock()  # threads wait in real time, whatever the time is set to
        self._kinds: dict[str, JobKind] = {}
        self._teller = Teller(database, events)
        self._teller.on_finished(self._drop_waiting)
        self._slots = Slots(database, self._teller)
        self._queue = JobQueue(self._settings.limits)
        self._queue_lock = threading.Lock()
        self._newest = 0
        self._is_loaded = False
        self._woken = threading.Event()
        self._stopping = threading.Event()
        self._troubles = Troubles(clock)
        self._performer = Performer(database, clock, self._slots, self._troubles, self._stopping)
        self._dispatcher = threading.Thread(target=self._dispatch, name="jobs", daemon=True)
        self._is_started = False
        self.refuse: Refusal = lambda _connection, _kind: None
        """Asked before a job of a kind is stored; raises why it must not be."""

    # -- before the start ----------------------------------------------------------------------

    def register(self, kind: JobKind) -> None:
        """Make a kind of job known."""
        self._kinds[kind.name] = kind

    def on_finished(self, callback: FinishedCallback) -> None:
        """Be told of each job's end, in a thread of the runner; at least once, so be idempotent."""
        self._teller.on_finished(callback)

    def start(self) -> None:
        """Take back what ran when the process ended, and begin. Raises DatabaseFaultError."""
        with self._database.write() as database:
            take_back(database.conn, self._is_resumable, self._clock.now())
        self._is_started = True
        self._dispatcher.start()

    def _is_resumable(self, kind: str) -> bool:
        known = self._kinds.get(kind)
        return known is None or known.is_resumable

    # -- requests --------------------------------------------------------------------------------

    def submit(self, request: JobRequest, connection: sqlite3.Connection | None = None) -> JobRow:
        """Store a job; it starts when its turn comes.

        With `connection` it becomes part of the caller's transaction: call `wake` after the
        commit. An unfinished job with the same `dedupe` key is returned instead of a new one.
        Raises DatabaseFaultError.
        """

        def add(found: sqlite3.Connection) -> JobRow:
            self.refuse(found, request.kind)
            return requests.add(found, request, self._now())

        return self._change(connection, add)

    def cancel(
        self, job_id: str, by: Initiator, connection: sqlite3.Connection | None = None
    ) -> JobRow:
        """Ask for a job's end. A waiting one is canceled at once, a running one within seconds.

        `connection`: as in `submit`. Raises NotFoundError, ConflictError for a finished job,
        DatabaseFaultError.
        """
        return self._change(
            connection, lambda found: requests.cancel(found, job_id, by, self._now())
        )

    def retry(
        self,
        job_id: str,
        by: Initiator,
        connection: sqlite3.Connection | None = None,
        *,
        only_failed: bool = False,
        cause: str = "",
    ) -> JobRow:
        """Do a finished job again as a new one that links to it.

        `only_failed`, and the `cause` by which it failed, are passed on to the kind
        (`job.row.only_failed`, `job.row.retry_cause`). `connection`: as in
        `submit`. Raises NotFoundError, ConflictError for an unfinished job, DatabaseFaultError.
        """

        def repeat(found: sqlite3.Connection) -> JobRow:
            self.refuse(found, requests.find(found, job_id).kind)
            return requests.repeat(
                found, job_id, by, self._now(), only_failed=only_failed, cause=cause
            )

        return self._change(connection, repeat)

    def _change(
        self,
        connection: sqlite3.Connection | None,
        change: Callable[[sqlite3.Connection], JobRow],
    ) -> JobRow:
        if connection is not None:
            return change(connection)
        with self._database.write() as database:
            row = change(database.conn)
        self.wake()
        return row

    def wake(self) -> None:
        """Look at the database now. Call it after a commit that submitted or cancelled something."""
        self._woken.set()

    def _now(self) -> datetime:
        return self._clock.now()

    # -- questions -------------------------------------------------------------------------------

    def get(self, job_id: str) -> JobRow:
        """The job as stored. Raises NotFoundError."""
        with self._database.read() as connection:
            return requests.find(connection, job_id)

    def live(self, job_id: str) -> LiveProgress | None:
        """How a running job stands; None if it does not run."""
        slot = self._slots.get(job_id)
        return slot.job.live() if slot else None

    def running_ids(self) -> tuple[str, ...]:
        """The jobs that run, in the order in which they started."""
        return tuple(slot.job.id for slot in self._slots.all())

    def trouble(self) -> Trouble | None:
        """Why nothing can be written just now; None while all is well. For readiness."""
        return self._troubles.oldest()

    def tidy(self) -> None:
        """Forget logs after 90 days, jobs and activity after two years: once a day.

        Raises DatabaseFaultError.
        """
        housekeeping.tidy(self._database, self._now())

    # -- the dispatcher ----------------------------------------------------------------------------

    def _dispatch(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self._woken.clear()
            try:
                self._round()
            except Exception as error:  # noqa: BLE001  without its dispatcher nothing would run any more
                self._troubles.note(_ROUND, error)
                if not isinstance(error, DropallyError):
                    _LOG.exception("a defect in the runner; it goes on")
                delay = retry_after_s(failures)
                failures += 1
                self._stopping.wait(delay)
                continue
            failures = 0
            self._troubles.clear(_ROUND)
            self._woken.wait(TICK_S if self.running_ids() else _IDLE_S)

    def _round(self) -> None:
        self._apply_cancellations()
        self._load_pending()
        self._end_trials()
        self._start_jobs()
        self._slots.observe()
        self._teller.announce_ends()

    def _apply_cancellations(self) -> None:
        if not self.running_ids():
            return
        with self._database.read() as connection:
            wanted = job_changes.cancel_requests(connection)
        for job_id in wanted:
            slot = self._slots.get(job_id)
            if slot is not None and not slot.job.is_cancelled:
                slot.job.cancel()
                slot.has_changed = True

    def _load_pending(self) -> None:
        while True:
            with self._database.read() as connection:
                rows = jobs.pending_after(connection, self._newest, _ROWS_AT_ONCE)
            for row in rows:
                self._newest = row.number
                with self._queue_lock:
                    self._queue.add(_waiting(row))
                if self._is_loaded:  # at the start, whoever looks finds them waiting already
                    self._teller.job_changed(row)
            if len(rows) < _ROWS_AT_ONCE:
                self._is_loaded = True
                return

    def _end_trials(self) -> None:
        now_s = self._pace.monotonic()
        for slot in self._slots.all():
            crashes = slot.job.row.crashes
            if crashes and now_s - slot.begun_s >= trial_s(crashes):
                with self._queue_lock:
                    self._queue.pass_trial(slot.job.id)

    def _drop_waiting(self, row: JobRow) -> None:
        if row.status == "canceled":
            with self._queue_lock:
                self._queue.drop(row.id)

    def _start_jobs(self) -> None:
        while not self._stopping.is_set():
            with self._queue_lock:
                waiting = self._queue.take()
            if waiting is None:
                return
            try:
                is_started = self._start_job(waiting)
            except DropallyError:
                with self._queue_lock:
                    self._queue.release(waiting.id)
                    self._queue.add(waiting)
                raise
            if not is_started:
                with self._queue_lock:
                    self._queue.release(waiting.id)

    def _start_job(self, waiting: WaitingJob) -> bool:
        """False if it is not to be run any more."""
        with self._database.write() as database:
            if not job_changes.claim(database.conn, waiting.id, self._now()):
                return False
            row = requests.find(database.conn, waiting.id)
            kind = self._kinds.get(row.kind)
            if kind is None:
                end = JobEnd(
                    "failed",
                    error=f"this version of Dropally has no job of kind {row.kind!r}",
                    hint="it was asked for by another version",
                )
                close_job(database.conn, row, end, self._now())
                return False
        job = RunningJob(
            row, self._database, self._clock, self._settings.units, self._settings.hung_after_s
        )
        thread = threading.Thread(
            target=self._work, args=(job, kind), name=f"job {row.id}", daemon=True
        )
        self._teller.job_changed(row)
        self._slots.begin(job, thread)
        if self._stopping.is_set():  # those that began before were told by whoever stops
            job.stop()
        return True

    # -- one job, in its own thread -------------------------------------------------------------------

    def _work(self, job: RunningJob, kind: JobKind) -> None:
        if self._performer.perform(job, kind):
            self._slots.remove(job.id)
            with self._queue_lock:
                self._queue.release(job.id)
        self.wake()

    # -- the stop -----------------------------------------------------------------------------------------

    def stop(self, timeout_s: float = 10.0) -> None:
        """Stop within this time. Running jobs wait again and go on at the next start."""
        if not self._is_started:
            return
        deadline = self._pace.monotonic() + timeout_s - _LAST_MOMENTS_S
        self._stopping.set()
        self.wake()
        self._slots.stop_all()
        self._dispatcher.join(timeout_s - _LAST_MOMENTS_S)
        for slot in self._slots.stop_all():  # it may just have started one more
            slot.thread.join(max(0.0, deadline - self._pace.monotonic()))
        try:
            self._slots.abandon_living()
            self._teller.announce_ends()
        except DropallyError as error:
            self._troubles.note(
                _ROUND, error
            )  # the next start takes back what could not be written


def _waiting(row: JobRow) -> WaitingJob:
    return WaitingJob(
        row.priority, row.number, row.id, row.team_id, row.locks, is_suspect=row.crashes > 0
    )
